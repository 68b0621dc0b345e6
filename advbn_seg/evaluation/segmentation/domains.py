"""The domains that a config is scored on, and the one that it was trained on.

A config names its targets with the key `domains`. Each changes `test_dataloader.dataset` as a config changes its base:
dicts are merged, and `_delete_=True` in one replaces what there was::

    domains = [dict(name='camvid/day', dataset=dict(sequences=['Seq05VD'])),
               dict(name='camvid/dusk', dataset=dict(sequences=['0001TP']))]
    source_domain = 'camvid/day'

The source may be left out where the training dataset shares the overrides of its domain, such as `scene`, or has its
name as `metainfo['domain']`. A SYNTHIA config needs neither key: its targets are the ten of Table 3.

What stands before the last slash of a name is the scene: the domains of one scene differ in weather, light or time.
"""
from dataclasses import dataclass

from mmengine.config import Config

from ...errors import UserError
from ..engine import Cell
from ..loading import BUILD_ERRORS, build_dataset
from .published import TARGETS


@dataclass(frozen=True)
class Domain:
    """A target: its name ('nyc/dawn') and what it changes in the config of the test dataset."""
    name: str
    dataset: dict


def target_domains(run):
    """Return the target domains of a run, in the order of its table.

    Raises:
        UserError: where `domains` is not as described above, or is needed and missing.
    """
    if 'domains' in run.cfg:
        return run.domains(Domain)
    if 'scene' not in run.cfg.test_dataloader.dataset:
        raise UserError(f"{run.cfg.filename}: no key 'domains' and no SYNTHIA test dataset was found; add "
                        "domains = [dict(name='scene/condition', dataset=dict(...)), ...]")
    return [Domain(target, dict(zip(('scene', 'condition'), target.split('/')))) for target in TARGETS]


def number_of_classes(cfg):
    """Return how many classes a config's model tells apart, by its last decode head; None where it does not say."""
    head = cfg.get('model', {}).get('decode_head')
    head = head[-1] if isinstance(head, (list, tuple)) else head
    return (head or {}).get('num_classes')


def source_domain(run):
    """Return the name of the domain that a run has trained on.

    Raises:
        UserError: where neither `source_domain` nor the training dataset tells, or the former is spelt otherwise than
            the domain.
    """
    cfg = run.cfg
    if 'source_domain' in cfg:
        source = str(cfg.source_domain)
        names = [domain.name for domain in target_domains(run)] if 'domains' in cfg else []
        meant = [name for name in names if letters(name) == letters(source)]
        if meant and source not in names:  # one of other letters is a source that is not scored
            raise UserError(f"{cfg.filename}: source_domain is '{source}', but its domain is called '{meant[0]}': "
                            'spell both alike')
        return source
    domains = target_domains(run)
    dataset = training_dataset(cfg)
    for domain in domains:
        target = dataset_of(run, domain)
        if domain.dataset and all(dataset.get(key) == target.get(key) for key in domain.dataset):
            return domain.name
    domain = training_metainfo(cfg).get('domain')
    if domain is None:
        raise UserError(f"{cfg.filename}: the training dataset is of none of {[d.name for d in domains]}; "
                        "name its domain with the key source_domain = 'scene/condition'")
    return domain


def training_dataset(cfg):
    """Return the config of the dataset that a run has trained on, without those around it."""
    dataset = cfg.train_dataloader.dataset
    while 'dataset' in dataset:  # RepeatDataset and its kin
        dataset = dataset.dataset
    return dataset


def training_metainfo(cfg):
    """Return what the training dataset says of itself, as its classes; nothing where it cannot be built from here."""
    try:
        return build_dataset(cfg, {**training_dataset(cfg), 'pipeline': [], 'lazy_init': True}).metainfo
    except BUILD_ERRORS:
        return {}


def check_order(run, target, trained):
    """See that classes of a target stand where the run's training had classes of these names.

    Raises:
        UserError: naming both orders.
    """
    places = {name: place for place, name in enumerate(trained)}
    if any(places.get(name, place) != place for place, name in enumerate(target.classes)):
        raise UserError(f'{run.name} was trained on the classes {", ".join(trained)}, but {target.name} has '
                        f'{", ".join(target.classes)}: give its data set the same metainfo.classes, and see that its '
                        'labels have these ids')


def letters(name):
    """Return the letters and digits of a name in lower case: two spellings of one name share them."""
    return ''.join(filter(str.isalnum, name)).casefold()


def scene_of(domain):
    """Return the scene of a domain by its name, 'nyc' of 'nyc/dawn'; a name without a scene is one of its own."""
    return domain.rpartition('/')[0] or domain


def domain_cells(run):
    """Return the cells of a run: the test dataset with the overrides of each domain."""
    return [Cell(domain.name, dataset_of(run, domain), run.branch, domain.dataset.get('pipeline'))
            for domain in target_domains(run)]


def dataset_of(run, domain):
    """Return the config of the dataset of a domain, as a dict."""
    cfg = Config(dict(dataset=run.cfg.test_dataloader.dataset))
    cfg.merge_from_dict(dict(dataset=domain.dataset))
    return cfg.dataset.to_dict()

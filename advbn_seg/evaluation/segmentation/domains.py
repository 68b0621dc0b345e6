"""The domains that a config is scored on, and the one that it was trained on.

A config names its targets with the key `domains`, each an override of `test_dataloader.dataset`::

    domains = [dict(name='camvid/day', dataset=dict(sequences=['Seq05VD'])),
               dict(name='camvid/dusk', dataset=dict(sequences=['0001TP']))]
    source_domain = 'camvid/day'

The source may be left out where the training dataset shares the overrides of its domain (`scene` and `condition`, say)
or has its name as `metainfo['domain']`. A SYNTHIA config needs neither key: its targets are the ten of Table 3.
"""
from dataclasses import dataclass

from mmengine.registry import DATASETS, init_default_scope

from ...errors import UserError

SCENES = ('nyc', 'highway')
CONDITIONS = ('dawn', 'fog', 'night', 'spring', 'winter')
BUILD_ERRORS = (AssertionError, KeyError, OSError, TypeError, ValueError)


@dataclass(frozen=True)
class Domain:
    """A target: its name ('nyc/dawn') and what it changes in the config of the test dataset."""
    name: str
    dataset: dict


def target_domains(cfg):
    """The target domains of a config, in the order of its table.

    Raises:
        UserError: where `domains` is not as described above, or is needed and missing.
    """
    if 'domains' not in cfg:
        if 'scene' not in cfg.test_dataloader.dataset:
            raise UserError(f"{cfg.filename}: no key 'domains' and no SYNTHIA test dataset was found; add "
                            "domains = [dict(name='scene/condition', dataset=dict(...)), ...]")
        return [Domain(f'{scene}/{condition}', dict(scene=scene, condition=condition))
                for scene in SCENES for condition in CONDITIONS]
    try:
        domains = [Domain(entry['name'], dict(entry['dataset'])) for entry in cfg.domains]
    except (KeyError, TypeError, ValueError):
        raise UserError(f"{cfg.filename}: 'domains' must be a list of dict(name=..., dataset=dict(...)), "
                        f'found {cfg.domains}') from None
    if not domains or len({domain.name for domain in domains}) < len(domains):
        raise UserError(f"{cfg.filename}: 'domains' needs at least one entry and each name once, "
                        f'found {[domain.name for domain in domains]}')
    return domains


def source_domain(cfg, domains):
    """The name of the domain that a config trains on.

    Raises:
        UserError: where neither `source_domain` nor the training dataset tells.
    """
    if 'source_domain' in cfg:
        return cfg.source_domain
    dataset = cfg.train_dataloader.dataset
    while 'dataset' in dataset:  # RepeatDataset and its kin
        dataset = dataset.dataset
    for domain in domains:
        if domain.dataset and all(dataset.get(key) == value for key, value in domain.dataset.items()):
            return domain.name
    try:
        return build(cfg, {**dataset, 'pipeline': [], 'lazy_init': True}).metainfo['domain']
    except BUILD_ERRORS:
        raise UserError(f"{cfg.filename}: the training dataset is of none of {[d.name for d in domains]}; "
                        "name its domain with the key source_domain = 'scene/condition'") from None


def build(cfg, dataset):
    """A dataset from its config, in the scope of the whole config."""
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    return DATASETS.build(dataset)


def dataset_config(cfg, domain):
    """The config of the dataset of one target: the test dataset with the overrides of the domain."""
    return {**cfg.test_dataloader.dataset, **domain.dataset}


def open_dataset(cfg, domain):
    """Builds the dataset of one target.

    Raises:
        UserError: where it cannot be built or has no frames.
    """
    config = dataset_config(cfg, domain)
    try:
        dataset = build(cfg, config)
        found = f'{len(dataset)} frames'
    except BUILD_ERRORS as error:
        dataset, found = (), error
    if not len(dataset):
        raise UserError(f'{cfg.filename}: domain {domain.name} has no frames to score in '
                        f'{config.get("data_root")}: {found}')
    return dataset

"""One classifier on one folder of images, by mmengine's own test loop."""
from contextlib import contextmanager

from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner, TestLoop
from mmpretrain import __version__ as mmpretrain_version
from mmpretrain.evaluation import Accuracy

from ...errors import UserError
from ..fingerprint import data_fingerprint, digest, uses_fp16
from ..segmentation.measure import versions

RESIZING = ('Resize', 'ResizeEdge')


def pipeline(cfg, variant):
    """The config's test pipeline, without its resizing for a set that is only cropped."""
    steps = cfg.test_dataloader.dataset.pipeline
    return [step for step in steps if variant.resize or step['type'].rpartition('.')[2] not in RESIZING]


def open_cell(cfg, cell):
    """Builds the dataset of a cell.

    Raises:
        UserError: where its folder has not one subfolder for each class of the model, or no images.
    """
    classes = sorted(folder.name for folder in cell.folder.iterdir() if folder.is_dir())
    expected = number_of_classes(cfg)
    if expected not in (None, len(classes)):
        raise UserError(f'{cell.folder} has {len(classes)} class folders, but the model of {cfg.filename} knows '
                        f'{expected} classes; give a folder of CLASS/IMAGE with all classes, empty ones too')
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    try:
        with without_warnings():
            return DATASETS.build(dict(
                type='mmpretrain.CustomDataset', data_prefix=str(cell.folder), pipeline=pipeline(cfg, cell.variant),
                serialize_data=False))  # which collects garbage: longer than a small folder takes to score
    except RuntimeError as error:
        raise UserError(f'{cell.folder}: {error}') from None


@contextmanager
def without_warnings():
    """Keeps mmpretrain from naming each of the class folders that a part of a set leaves empty."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('ERROR')
    try:
        yield
    finally:
        logger.setLevel(level)


def number_of_classes(cfg):
    """How many classes a config's model tells apart; None where it does not say."""
    return (cfg.model.get('head') or cfg.model).get('num_classes')


def stamp(cfg, cell, dataset):
    """What the number of a cell depends on besides the checkpoint, as hashes."""
    settings = [pipeline(cfg, cell.variant), cfg.model, cfg.get('data_preprocessor'), cfg.get('custom_hooks'),
                uses_fp16(cfg)]
    return dict(data=data_fingerprint(dataset), settings=digest(settings))


def measure(runner, dataset, batch_size=None, num_workers=None):
    """Accuracy of the runner's model on one folder.

    The images come shuffled, always in the same order: a batch holds many classes, as a stream of images would, which
    decides nothing but what `norm_branch='auto'` sees.

    Args:
        runner (Runner): from `load_model`.
        dataset (Dataset): from `open_cell`.
        batch_size, num_workers (int, optional): instead of those of the config's test dataloader.

    Returns:
        dict: `images`, `top1` and `top5` (percent), and the `versions` that measured them; with `norm_branch='auto'`
            also `aux_share`, the share of batches that went through the auxiliary norms.
    """
    cfg = runner.cfg
    loader = {**cfg.test_dataloader, 'dataset': dataset, 'persistent_workers': False,
              'sampler': dict(type='DefaultSampler', shuffle=True, seed=0)}
    loader.update({key: value for key, value in dict(batch_size=batch_size, num_workers=num_workers).items()
                   if value is not None})
    k = min(5, len(dataset.metainfo['classes']))
    loop = TestLoop(runner, Runner.build_dataloader(loader), Evaluator([Accuracy(topk=(1, k))]), fp16=uses_fp16(cfg))
    accuracy = loop.run()
    cell = dict(images=len(dataset), top1=round(accuracy['accuracy/top1'], 4),
                top5=round(accuracy[f'accuracy/top{k}'], 4))
    if 'aux_share' in runner.message_hub.runtime_info:
        cell['aux_share'] = runner.message_hub.get_info('aux_share')
    return {**cell, 'versions': dict(versions(), mmpretrain=mmpretrain_version)}

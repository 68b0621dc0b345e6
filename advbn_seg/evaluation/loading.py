"""A trained model in a runner that only tests, and the data sets that it is tested on."""
import atexit
import copy
import re
import shutil
import warnings
from importlib import import_module
from tempfile import mkdtemp
from textwrap import shorten
from uuid import uuid4

import mmengine
import numpy as np
import torch
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner
from torch.utils.data import Subset

from ..errors import UserError
from ..runtime.checkpoint_fit import CheckpointFitHook
from ..runtime.compat.labels import name_unusable_labels
from ..version import __version__

# These write the logs and checkpoints of a training; all others stay, they may change the model (AdvBN, EMA).
TRAINING_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')
BUILD_ERRORS = (AssertionError, KeyError, OSError, RuntimeError, TypeError, ValueError)


class ProgressHook(Hook):
    """Calls `advance(images)` after each batch, as if the other ranks had batches of the same size."""

    def __init__(self, advance):
        self.advance = advance

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.advance(len(outputs) * get_world_size())


def load_model(cfg, checkpoint, log_dir=None, device=None, advance=None):
    """Return a runner with a trained model, ready to test.

    Args:
        cfg (Config): of the training; it is not changed.
        checkpoint (Path): what to load, all of it and nothing else.
        log_dir (Path, optional): where the runner writes, a temporary folder if not given; not the work dir of the
            training, whose config it would overwrite.
        device (str, optional): where the model runs; mmengine's choice if not given.
        advance (callable, optional): called with the number of images after each batch.

    Raises:
        UserError: where the checkpoint cannot be read or does not hold exactly what the model has, or there is no such
            device.
    """
    name = cfg.filename
    cfg = copy.deepcopy(cfg)
    cfg.work_dir = str(log_dir or temporary_folder())
    cfg.experiment_name = uuid4().hex  # mmengine finds visualizers by name: one each, not one for all
    if cfg.get('visualizer'):
        cfg.visualizer.pop('name', None)
    cfg.update(launcher='none', load_from=None, resume=False, log_level='WARNING',
               default_hooks={**(cfg.get('default_hooks') or {}), **dict.fromkeys(TRAINING_HOOKS)})
    runner = Runner.from_cfg(cfg)
    runner.register_hook(CheckpointFitHook(checkpoint))
    if advance:
        runner.register_hook(ProgressHook(advance))
    runner.call_hook('before_run')
    try:
        loaded = runner.load_checkpoint(str(checkpoint), strict=True)
    except RuntimeError as error:
        raise UserError(f'{checkpoint} does not load into the model of {name}: '
                        f'{shorten(str(error), 300)}') from None
    warn_of_an_early_end(cfg, checkpoint, loaded)
    warn_of_another_training(cfg, checkpoint, loaded)
    runner.model.dataset_meta = dict(classes=classes_of(loaded))  # where mmseg's init_model has it
    if device:
        try:
            runner.model.to(device)
        except (AssertionError, RuntimeError) as error:
            raise UserError(f'device {device} cannot be used: {shorten(str(error), 300)}') from None
    return runner


def classes_of(checkpoint):
    """Return the classes that a checkpoint says it was trained on; none where it does not say."""
    found = checkpoint
    for key in ('meta', 'dataset_meta', 'classes'):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, (list, tuple)) else ()


def temporary_folder():
    """Return a folder that goes when this process ends."""
    folder = mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def warn_of_an_early_end(cfg, path, checkpoint):
    """Warn where a checkpoint was saved before the last epoch or iteration of its training."""
    plan, meta = cfg.get('train_cfg') or {}, checkpoint.get('meta') or {}
    for unit in ('epoch', 'iter'):
        last = plan.get(f'max_{unit}s')
        if last and meta.get(unit, last) < last:
            warnings.warn(f'{path} is of {unit} {meta[unit]}, and its training has {last}: it is scored as it is',
                          stacklevel=2)


def warn_of_another_training(cfg, path, checkpoint):
    """Warn where a config says another method or seed than that which a checkpoint was trained with."""
    meta = checkpoint.get('meta') or {}
    # read as text, as a config is code
    method = re.search(r"^method = '(.+)'$", str(meta.get('cfg')), re.MULTILINE)
    for name, trained, said in (('method', method and method[1], cfg.get('method')),
                                ('seed', meta.get('seed'), (cfg.get('randomness') or {}).get('seed'))):
        if None not in (trained, said) and trained != said:
            warnings.warn(f'{path} was trained with {name} {trained!r}, but the config, and so the row, say {said!r}: '
                          'give the config of that training', stacklevel=2)


def metric_configs(cfg):
    """Return the configs of the metrics of a config's test, of which there may be one or a list."""
    metrics = cfg.test_evaluator
    return list(metrics) if isinstance(metrics, (list, tuple)) else [metrics]


def build_dataset(cfg, dataset):
    """Return a dataset from its config, in the scope of the whole config."""
    scope = cfg.get('default_scope', 'mmseg')
    init_default_scope(scope)
    if scope == 'mmseg':
        name_unusable_labels()
    return DATASETS.build(dataset)


def open_dataset(cfg, name, config):
    """Build the dataset of a cell.

    Args:
        cfg (Config): whose scope it is built in.
        name (str): of the cell.
        config (dict): of the dataset.

    Raises:
        UserError: where it cannot be built or has no images.
    """
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('ERROR')  # mmpretrain names each of the class folders that a part of a set leaves empty
    try:
        dataset = build_dataset(cfg, config)
        found = f'{len(dataset)} frames'
    except BUILD_ERRORS as error:
        dataset, found = (), error
    finally:
        logger.setLevel(level)
    if not len(dataset):
        raise UserError(f'{cfg.filename}: domain {name} has no frames to score in {config.get("data_root")}: {found}')
    return dataset


def evenly_spaced(dataset, number):
    """Return a dataset of as many of the images, or of all where there are no more."""
    indices = np.linspace(0, len(dataset) - 1, min(number, len(dataset)))
    subset = Subset(dataset, indices.round().astype(int).tolist())  # mmengine's ConcatDataset has no get_subset
    subset.metainfo = dataset.metainfo
    return subset


def versions(library):
    """Return the software that a number depends on: that of every number, and `library`, mmseg or mmpretrain."""
    return {'torch': torch.__version__, library: import_module(library).__version__,
            'mmengine': mmengine.__version__, 'advbn_seg': __version__}

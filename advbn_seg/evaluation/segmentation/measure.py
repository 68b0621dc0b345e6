"""One model on its domains, by mmengine's own test loop."""
import copy
from textwrap import shorten
from uuid import uuid4

import mmengine
import mmseg
import torch
from mmengine.dist import get_world_size
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner, TestLoop

from ...errors import UserError
from ...runtime.checkpoint_fit import CheckpointFitHook
from ...version import __version__
from ..fingerprint import ignore_index, uses_fp16
from .batches import batches_by_domain
from .metric import DomainIoU

# These write the logs and checkpoints of a training; all others stay, they may change the model (AdvBN, EMA).
TRAINING_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')


class ProgressHook(Hook):
    """Calls `advance(images)` after each batch, as if the other ranks had batches of the same size."""

    def __init__(self, advance):
        self.advance = advance

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.advance(len(outputs) * get_world_size())


def load_model(cfg, checkpoint, log_dir, device=None, advance=None):
    """A runner with a trained model, ready for `measure`.

    Args:
        cfg (Config): of the training; it is not changed.
        checkpoint (Path): what to load, all of it and nothing else.
        log_dir (Path): where the runner writes; not the work dir of the training, whose config it would overwrite.
        device (str, optional): where the model runs; mmengine's choice if not given.
        advance (callable, optional): called with the number of images after each batch.

    Raises:
        UserError: where the checkpoint does not fit the model of the config, or cannot be read.
        UserError: where it has more than the model, or there is no such device.
    """
    name = cfg.filename
    cfg = copy.deepcopy(cfg)
    cfg.work_dir = str(log_dir)
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
        runner.load_checkpoint(str(checkpoint), strict=True)
    except RuntimeError as error:
        raise UserError(f'{checkpoint} does not load into the model of {name}: '
                        f'{shorten(str(error), 300)}') from None
    if device:
        try:
            runner.model.to(device)
        except (AssertionError, RuntimeError) as error:
            raise UserError(f'device {device} cannot be used: {shorten(str(error), 300)}') from None
    return runner


def measure(runner, targets, batch_size=None, num_workers=None):
    """IoU of the runner's model on each domain; ranks share the batches.

    Args:
        runner (Runner): from `load_model`.
        targets (list): with the `name` and the `dataset` (from `open_dataset`) of each domain.
        batch_size, num_workers (int, optional): instead of those of the config's test dataloader.

    Yields:
        dict: `images`, `miou` and `iou` as in `DomainIoU`, and the `versions` that measured them, for each domain.
    """
    cfg = runner.cfg
    dataloader = dict(cfg.test_dataloader)
    if batch_size is not None:
        dataloader['batch_size'] = batch_size
    if num_workers is not None:
        dataloader['num_workers'] = num_workers
    for target, batches in zip(targets, batches_by_domain([target.dataset for target in targets], dataloader)):
        cell = TestLoop(runner, batches, Evaluator(DomainIoU(ignore_index(cfg))), fp16=uses_fp16(cfg)).run()
        if cell['miou'] is not None:
            runner.visualizer.add_scalar(f'{target.name}/mIoU', cell['miou'])
        yield {**cell, 'versions': versions()}


def versions():
    """The software that a number depends on."""
    return dict(torch=torch.__version__, mmseg=mmseg.__version__, mmengine=mmengine.__version__,
                advbn_seg=__version__)

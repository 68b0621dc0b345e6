"""One model on one domain, by mmengine's own test loop."""
import copy
import pickle
from uuid import uuid4

import mmengine
import mmseg
import torch
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner, TestLoop

import advbn_seg

from .errors import EvaluationError
from .fingerprint import ignore_index, uses_fp16
from .metric import DomainIoU

# These write the logs and checkpoints of a training; all others stay, they may change the model (AdvBN, EMA).
TRAINING_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')


class ProgressHook(Hook):
    """Calls `advance(images)` after each batch."""

    def __init__(self, advance):
        self.advance = advance

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.advance(len(outputs))


def load_model(run, device=None, advance=None):
    """The runner of a run with its trained model, ready for `measure`; logs go to `RUN/cross_domain`.

    Args:
        run (Run): from `open_run`.
        device (str, optional): where the model runs; mmengine's choice if not given.
        advance (callable, optional): called with the number of images after each batch.

    Raises:
        EvaluationError: where the checkpoint does not fit the model of the config, or cannot be read.
    """
    cfg = copy.deepcopy(run.cfg)
    # Not RUN itself: the runner dumps its config there, over the one of the training.
    cfg.work_dir = str(run.path / 'cross_domain')
    cfg.experiment_name = f'{run.method}_{uuid4().hex}'  # mmengine finds visualizers by name: one each, not one for all
    if cfg.get('visualizer'):
        cfg.visualizer.pop('name', None)
    cfg.update(launcher='none', load_from=None, resume=False, log_level='WARNING',
               default_hooks={**(cfg.get('default_hooks') or {}), **dict.fromkeys(TRAINING_HOOKS)})
    runner = Runner.from_cfg(cfg)
    if advance:
        runner.register_hook(ProgressHook(advance))
    runner.call_hook('before_run')
    try:
        runner.load_checkpoint(str(run.checkpoint), strict=True)
    except (EOFError, KeyError, OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise EvaluationError(f'{run.checkpoint} does not load into the model of {run.cfg.filename}: '
                              f'{" ".join(str(error).split())}') from None
    if device:
        runner.model.to(device)
    return runner


def measure(runner, name, dataset, batch_size=None, num_workers=None):
    """IoU of the runner's model on one domain.

    Args:
        runner (Runner): from `load_model`.
        name (str): of the domain, for the visualiser.
        dataset (Dataset): the domain, from `open_dataset`.
        batch_size, num_workers (int, optional): instead of those of the config's test dataloader.

    Returns:
        dict: `images`, `miou` and `iou` as in `DomainIoU`, and the `versions` that measured them.
    """
    cfg = runner.cfg
    dataloader = {**cfg.test_dataloader, 'dataset': dataset, 'persistent_workers': False}
    if batch_size is not None:
        dataloader['batch_size'] = batch_size
    if num_workers is not None:
        dataloader['num_workers'] = num_workers
    evaluator = Evaluator(DomainIoU(ignore_index(cfg)))
    loop = TestLoop(runner, Runner.build_dataloader(dataloader), evaluator, fp16=uses_fp16(cfg))
    cell = loop.run()
    if cell['miou'] is not None:
        runner.visualizer.add_scalar(f'{name}/mIoU', cell['miou'])
    return {**cell, 'versions': versions()}


def versions():
    """The software that a number depends on."""
    return dict(torch=torch.__version__, mmseg=mmseg.__version__, mmengine=mmengine.__version__,
                advbn_seg=advbn_seg.__version__)

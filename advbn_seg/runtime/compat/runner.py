"""Changing a model that mmengine's Runner has built, wrapped and given to an optimiser already."""
from pathlib import Path

from mmengine.model import is_model_wrapper
from mmengine.runner import find_latest_checkpoint


def unwrapped(model):
    return model.module if is_model_wrapper(model) else model


def rewrap(runner):
    """Wraps a wrapped model again: DDP fixes its parameters when it is made, so it must not see them change."""
    if is_model_wrapper(runner.model):
        converted = runner.cfg.pop('sync_bn', None)  # the first wrapping did; a second would replace our norms
        runner.model = runner.wrap_model(runner.cfg.get('model_wrapper_cfg'), runner.model.module)
        if converted is not None:
            runner.cfg.sync_bn = converted


def resume_own_run(runner):
    """Makes a resumed run go on from its own last checkpoint, and from `load_from` only where it has none yet.

    mmengine resumes from `load_from` itself where a config names one, which is the baseline in a fine-tuning.
    """
    load_from = runner._load_from
    if runner._resume and load_from and Path(load_from).resolve().parent != Path(runner.work_dir).resolve():
        runner._resume = find_latest_checkpoint(runner.work_dir) is not None
        if runner._resume:
            runner._load_from = None
        what = f'its last checkpoint in {runner.work_dir}' if runner._resume else f'{load_from}, as it has none yet'
        runner.logger.info(f'This run resumes from {what}.')

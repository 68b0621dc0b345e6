"""mmengine's Runner: the model that it wrapped, and the checkpoint that it is about to load."""
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import find_latest_checkpoint

from ..configs import type_name

DEFAULT = 'MMDistributedDataParallel'


def unwrapped(model):
    """Return the model inside of wrappers, such as DDP or that of test-time augmentation, or the model itself."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def rewrap(runner):
    """Wrap a wrapped model again, as DDP must not see parameters change after its construction."""
    if is_model_wrapper(runner.model):
        converted = runner.cfg.pop('sync_bn', None)  # the first wrapping did; a second would replace our norms
        runner.model = runner.wrap_model(runner.cfg.get('model_wrapper_cfg'), runner.model.module)
        if converted is not None:
            runner.cfg.sync_bn = converted


def fit_wrapper_to_cpu(cfg):
    """Have the Runner wrap its model for CPUs; mmengine's default would place it on a GPU.

    A wrapper that the config names itself stays, without a device; mmengine's default one keeps its options.
    """
    wrapper = cfg.get('model_wrapper_cfg') or dict(
        type=DEFAULT, broadcast_buffers=False, find_unused_parameters=cfg.get('find_unused_parameters', False))
    if type_name(wrapper) == DEFAULT:
        wrapper = dict(wrapper, type='advbn_seg.runtime.sync_norm.CPUDistributedDataParallel')
    cfg.model_wrapper_cfg = dict(wrapper, device_ids=None)


def is_resuming(runner):
    """Return whether the Runner resumes a training, in the place of only loading weights."""
    return runner._resume


def named_checkpoint(runner):
    """Return the checkpoint that the config's `load_from` names, or None."""
    return runner._load_from


def loaded_checkpoint(runner):
    """Return the path of the checkpoint that the Runner loads or resumes from, or None."""
    if runner._load_from is None and runner._resume:
        return find_latest_checkpoint(runner.work_dir)
    return runner._load_from


def resume_from(runner, checkpoint):
    """Have the Runner resume from a checkpoint, or, for None, only load the weights that `load_from` names."""
    runner._resume = checkpoint is not None
    if checkpoint is not None:
        runner._load_from = str(checkpoint)


def optimizers(runner):
    """Return the torch optimisers of a Runner: none where it only tests, several in an OptimWrapperDict."""
    wrapper = getattr(runner, 'optim_wrapper', None)
    if wrapper is None or isinstance(wrapper, dict):  # still a config: a run that only tests
        return []
    wrappers = wrapper.values() if hasattr(wrapper, 'optim_wrappers') else [wrapper]
    return [each.optimizer for each in wrappers]

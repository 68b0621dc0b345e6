"""The end of a training that has diverged, before the remains are saved."""
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import find_latest_checkpoint

from ..errors import Diverged
from .compat.runner import unwrapped
from .process_group import largest_of_all_processes


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Ends a training whose loss is infinite or NaN, before anything of that iteration is saved.

        default_hooks = dict(finite_loss=dict(type='advbn_seg.hooks.FiniteLossHook'))

    Gradients that overflow under loss scaling pass, since the loss does not show them. Nor is a checkpoint saved whose
    parameters are not finite, though the loss that was computed before them is.

    Raises:
        Diverged: with the loss, the iteration and the last good checkpoint.
    """

    priority = 'VERY_HIGH'

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        losses = {name: torch.as_tensor(value).detach() for name, value in (outputs or {}).items() if 'loss' in name}
        bad = [f'{name} is {float(value)}' for name, value in losses.items() if not _is_finite(value)]
        if largest_of_all_processes(bool(bad)):
            parts = [one for one in bad if not one.startswith('loss ')] or bad  # `loss` is their sum
            raise Diverged(f'{", ".join(parts) or "a loss of another process is not finite"} in iteration '
                           f'{runner.iter + 1}; {_last_good(runner)}')

    def before_save_checkpoint(self, runner, checkpoint):
        for name, parameter in unwrapped(runner.model).named_parameters():
            if not _is_finite(parameter):
                raise Diverged(f'parameter {name} is not finite after iteration {checkpoint["meta"]["iter"]}, so no '
                               f'checkpoint was saved; {_last_good(runner)}')


def _is_finite(value):
    return bool(torch.as_tensor(value).isfinite().all())


def _last_good(runner):
    last = find_latest_checkpoint(runner.work_dir)
    return f'the last good checkpoint is {last}' if last else 'there is no checkpoint before it'

"""The number of processes makes no difference to batch norms."""
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from .compat.runner import rewrap, unwrapped
from .sync_norm import synchronise


@HOOKS.register_module()
class SyncNormHook(Hook):
    """Has the batch norms of a training in several processes see the whole batch, on GPUs and on CPUs.

        default_hooks = dict(sync_norm=dict(type='advbn_seg.hooks.SyncNormHook'))

    Otherwise each process normalises its share of the batch, so that losses depend on the number of processes. The
    auxiliary norms of AdvBN are copies of these and do the same. `default_hooks.sync_norm=None` leaves the hook out.
    """

    priority = 'HIGHEST'  # hooks that copy norms must find them so

    def before_run(self, runner):
        if get_world_size() > 1:
            _, count = synchronise(unwrapped(runner.model))
            rewrap(runner)
            runner.logger.info(f'{count} batch norms take their statistics over all {get_world_size()} processes.')

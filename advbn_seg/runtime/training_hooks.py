"""The hooks that keep a training whole, for a config that may know nothing of them."""
from mmengine.hooks import CheckpointHook

STOCK = ('CheckpointHook', 'mmengine.CheckpointHook', 'mmengine.hooks.CheckpointHook', CheckpointHook)


def add_runtime_hooks(cfg):
    """Add to a training's `default_hooks` the missing ones against interruption, and have checkpoints saved safely.

    Hooks that the config names itself, under these names, stay as they are.
    """
    hooks = dict(
        checkpoint=dict(type='CheckpointHook', interval=1),
        finite_loss=dict(type='advbn_seg.hooks.FiniteLossHook'),
        termination=dict(type='advbn_seg.hooks.TerminationHook'),
        exact_resume=dict(type='advbn_seg.hooks.ExactResumeHook'))
    hooks.update(cfg.get('default_hooks') or {})
    if hooks['checkpoint'] and hooks['checkpoint']['type'] in STOCK:
        hooks['checkpoint'] = dict(hooks['checkpoint'], type='advbn_seg.hooks.SafeCheckpointHook')
    cfg.default_hooks = hooks

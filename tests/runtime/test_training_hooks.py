from mmengine.config import Config

from advbn_seg.runtime.training_hooks import add_runtime_hooks


def test_hooks_are_added_to_a_config_that_knows_nothing_of_them():
    checkpoint = dict(type='CheckpointHook', interval=4000, by_epoch=False)
    cfg = Config(dict(default_hooks=dict(checkpoint=checkpoint)))
    add_runtime_hooks(cfg)
    assert cfg.default_hooks.checkpoint == dict(checkpoint, type='advbn_seg.hooks.SafeCheckpointHook')
    qualified = Config(dict(default_hooks=dict(checkpoint=dict(type='mmengine.CheckpointHook'))))
    add_runtime_hooks(qualified)
    assert qualified.default_hooks.checkpoint.type == 'advbn_seg.hooks.SafeCheckpointHook'
    empty = Config({})
    add_runtime_hooks(empty)
    for hooks in (cfg.default_hooks, empty.default_hooks):
        assert [hook.type for hook in hooks.values()] == [  # full paths, for tools that import nothing of ours
            f'advbn_seg.hooks.{name}Hook' for name in ('SafeCheckpoint', 'FiniteLoss', 'Termination', 'ExactResume')]


def test_what_a_config_names_itself_stays():
    named = dict(checkpoint=dict(type='MyCheckpointHook'), finite_loss=dict(type='MyHook'))
    cfg = Config(dict(default_hooks=named))
    add_runtime_hooks(cfg)
    assert cfg.default_hooks.checkpoint == named['checkpoint'] and cfg.default_hooks.finite_loss == named['finite_loss']

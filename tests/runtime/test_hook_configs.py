"""Hooks are told by their classes: under whatever name they are registered, and whatever else is called so."""
import pytest
from mmengine.config import ConfigDict
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from advbn_seg.hooks import AdvBNHook
from advbn_seg.runtime.hook_configs import branch_hooks, has_auxiliary_norms


@HOOKS.register_module()
class NotAnAdvBNHook(Hook):
    pass


@HOOKS.register_module()
class Heir(AdvBNHook):
    pass


def config(*hooks):
    return ConfigDict(custom_hooks=list(hooks))


@pytest.mark.parametrize('kind, branches', [
    ('AdvBNHook', True), ('advbn_seg.hooks.AdvBNHook', True), ('AdvPropHook', True), (AdvBNHook, True), ('Heir', True),
    ('NotAnAdvBNHook', False), ('FrozenPrefixHook', False), ('EMAHook', False), ('of.nobody.AdvBNHook', False)])
def test_hooks_are_told_by_their_class(kind, branches):
    assert bool(branch_hooks(config(dict(type=kind)))) == branches
    assert has_auxiliary_norms(config(dict(type=kind))) == branches


def test_auxiliary_norms_can_be_left_out():
    assert not has_auxiliary_norms(config(dict(type='AdvBNHook', auxiliary=False), dict(type='FrozenPrefixHook')))
    assert branch_hooks(ConfigDict()) == branch_hooks(ConfigDict(custom_hooks=None)) == []

"""Hooks are told by their classes: under whatever name they are registered, and whatever else is called so."""
from types import SimpleNamespace

import pytest
from mmengine.config import ConfigDict
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from advbn_seg.hooks import AdvBNHook
from advbn_seg.runtime.hook_configs import branch_hooks, has_auxiliary_norms, named_layer, perturbed_layer


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


def test_the_perturbed_layer_is_that_of_the_hook_then_of_the_config_then_of_the_backbone():
    model, bare = SimpleNamespace(backbone=SimpleNamespace(advbn_layer='layer1.2')), SimpleNamespace()
    hook = dict(type='AdvBNHook', layer=['backbone.layer2', 'backbone.layer3'])
    whole = ConfigDict(custom_hooks=[dict(type='FrozenPrefixHook', layer='x'), hook], perturbed_layer='backbone.layer4')
    assert (perturbed_layer(whole, model), named_layer(whole, model)) == ('backbone.layer2', 'backbone.layer4')
    hook.pop('layer')
    named = ConfigDict(custom_hooks=[hook], perturbed_layer='backbone.layer4')
    assert perturbed_layer(named, model) == 'backbone.layer4'
    assert perturbed_layer(config(hook), model) == 'backbone.layer1.2'
    assert perturbed_layer(config(hook), bare) is None

import copy

import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.experiments.compare_runs import differences, last_checkpoint
from tests.runtime.interrupted import At, Killed, kill, terminate, train
from tests.tiny import config, runner, trained

HOOK = dict(type='advbn_seg.hooks.ASAHook', layers=['backbone.layer1', 'backbone.layer2'], probability=1)


def asa(run):
    hook, = (each for each in run.hooks if type(each).__name__ == 'ASAHook')
    return hook


@pytest.mark.slow
def test_the_optimiser_of_the_net_learns_the_scales(tmp_path):
    run, snapshots = trained(config(tmp_path, epochs=6, hooks=[HOOK], param_scheduler=None))
    _, plain = trained(config(tmp_path / 'plain', epochs=6, param_scheduler=None))
    assert [step['loss'] for step in snapshots.logs] != [step['loss'] for step in plain.logs]
    assert snapshots.states[-1].keys() == plain.states[-1].keys()  # the model itself has no more parameters
    kept = torch.load(tmp_path / 'epoch_6.pth', weights_only=False)['asa']
    early = torch.load(tmp_path / 'epoch_5.pth', weights_only=False)['asa']
    for name, channels in (('backbone.layer1', 8), ('backbone.layer2', 16)):
        scales = asa(run).perturbations[name].scales
        assert scales.shape == (2, channels) and torch.equal(kept[name]['scales'], scales)
        assert any(scales is each for each in run.optim_wrapper.optimizer.param_groups[0]['params'])
        assert not torch.equal(early[name]['scales'], scales)
    assert not run.model.backbone.layer1._forward_hooks


@pytest.mark.slow
def test_a_killed_training_ends_as_one_that_was_not(tmp_path):
    train(tmp_path / 'alone', hooks=[HOOK])
    with pytest.raises(Killed):
        train(tmp_path / 'cut', 'epochs', At(4, kill), hooks=[HOOK])
    train(tmp_path / 'cut', hooks=[HOOK])
    assert differences(tmp_path / 'alone', tmp_path / 'cut') == []
    one, two = (last_checkpoint(tmp_path / name)['asa']['backbone.layer2'] for name in ('alone', 'cut'))
    assert torch.equal(one['scales'], two['scales']) and one['scales'].abs().min() > 0


@pytest.mark.slow
def test_gradients_of_scales_that_were_being_accumulated_survive(tmp_path):
    wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9), accumulative_counts=3)
    train(tmp_path / 'alone', 'iterations', hooks=[HOOK], optim_wrapper=copy.deepcopy(wrapper))
    with pytest.raises(SystemExit):
        train(tmp_path / 'cut', 'iterations', At(4, terminate), hooks=[HOOK], optim_wrapper=copy.deepcopy(wrapper))
    train(tmp_path / 'cut', 'iterations', hooks=[HOOK], optim_wrapper=wrapper)
    one, two = (last_checkpoint(tmp_path / name)['asa']['backbone.layer1'] for name in ('alone', 'cut'))
    assert torch.equal(one['scales'], two['scales'])


def test_a_test_runs_without_it(tmp_path):
    run = runner(tmp_path, hooks=[HOOK])
    run.test()
    assert asa(run).perturbations == {}


@pytest.mark.parametrize('changes, message', [
    (dict(weight=-1), 'weight must be positive, found -1'),
    (dict(probability=2), 'probability must be above 0 and at most 1, found 2'),
    (dict(layers=['backbone.layer1'] * 2), r"layers are paths of modules, each once, such as \['back.*found \['backb"),
    (dict(layers=1), 'layers are paths of modules, each once, such as .*, found 1'),
    (dict(layers='backbone.layer9'), "layer 'backbone.layer9' is not a module of EncoderDecoder"),
    (dict(layers='decode_head.loss_decode'), "layer 'decode_head.loss_decode' did not run on a black image")])
def test_what_cannot_serve_is_said(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        runner(tmp_path, hooks=[{**HOOK, **changes}]).train()


def test_two_of_them_would_have_one_place_in_checkpoints(tmp_path):
    hooks = [dict(HOOK, layers=f'backbone.layer{number}') for number in (1, 2)]
    with pytest.raises(UserError, match='custom_hooks has two ASAHook.*name the layers in one'):
        runner(tmp_path, hooks=hooks).train()

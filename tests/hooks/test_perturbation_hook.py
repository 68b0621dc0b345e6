import pytest
import torch

from advbn_seg.errors import UserError
from tests.tiny import config, runner, trained

pytestmark = pytest.mark.slow

PERTURBATIONS = 'advbn_seg.perturbations'
NP = dict(type=f'{PERTURBATIONS}.normalization_perturbation.NormalizationPerturbation', std=0.5)
HOOK = dict(type='advbn_seg.hooks.PerturbationHook', layers=['backbone.maxpool', 'backbone.layer1'], perturbation=NP)


def losses(work_dir, *hooks, **changes):
    run, snapshots = trained(config(work_dir, hooks=hooks, **changes))
    return run, [step['loss'] for step in snapshots.logs]


def test_one_line_perturbs_training_and_nothing_else(tmp_path):
    _, plain = losses(tmp_path / 'plain')
    run, perturbed = losses(tmp_path / 'np', dict(HOOK, probability=1))
    assert perturbed[0] != plain[0]
    image = torch.rand(1, 3, 32, 32)
    run.model.eval()
    torch.testing.assert_close(run.model(image), run.model(image))
    plain_keys = torch.load(tmp_path / 'plain/epoch_2.pth', weights_only=False)['state_dict'].keys()
    assert torch.load(tmp_path / 'np/epoch_2.pth', weights_only=False)['state_dict'].keys() == plain_keys
    assert not run.model.backbone.layer1._forward_hooks  # all is removed after the training


def test_a_share_of_the_steps_and_where_they_are_depends_on_the_seed(tmp_path):
    _, plain = losses(tmp_path / 'plain', epochs=1)
    found = {}
    for seed in range(6):
        _, first = losses(tmp_path / f'{seed}', HOOK, epochs=1, randomness=dict(seed=seed))
        _, again = losses(tmp_path / f'{seed}again', HOOK, epochs=1, randomness=dict(seed=seed))
        _, without = losses(tmp_path / f'{seed}plain', epochs=1, randomness=dict(seed=seed))
        assert first == again
        found[seed] = first[0] != without[0]
    assert set(found.values()) == {True, False}


def test_several_hooks_toss_a_coin_each(tmp_path):
    run, _ = losses(tmp_path, *(dict(HOOK, layers=f'backbone.layer{index}') for index in (1, 2)))
    hooks = [each for each in run.hooks if hasattr(each, 'insertion')]
    fell = []
    for run._train_loop._iter in range(20):
        for hook in hooks:
            hook.before_train_iter(run, 0)
        fell.append(tuple(bool(torch.rand((), generator=hook.insertion._coin) < 0.5) for hook in hooks))
    assert set(fell) == {(False, False), (False, True), (True, False), (True, True)}


def test_random_statistics_in_the_frame_of_the_paper(tmp_path):
    hook = dict(type='advbn_seg.hooks.AdversarialHook', layer='backbone.layer1', perturbation=NP)
    _, snapshots = trained(config(tmp_path, epochs=1, hooks=[hook]))
    assert snapshots.logs[0]['adv.decode.loss_ce'] != snapshots.logs[0]['decode.loss_ce']
    keys = snapshots.states[-1]
    assert not torch.equal(keys['backbone.layer2.0.bn1.aux.weight'], keys['backbone.layer2.0.bn1.weight'])


def test_several_layers_in_the_frame_of_the_paper(tmp_path):
    layers = ['backbone.layer1', 'backbone.layer2']
    hook = dict(type='advbn_seg.hooks.AdversarialHook', layer=layers, perturbation=NP)
    run, snapshots = trained(config(tmp_path, epochs=1, hooks=[hook]))
    training, = (each.training for each in run.hooks if hasattr(each, 'training'))
    assert training.layers == layers
    assert [[len(each[0]) for each in training.attack.variables], len(snapshots.logs)] == [[2, 2], 2]  # of 2 images


@pytest.mark.parametrize('changes, message', [
    (dict(probability=0), 'probability must be above 0 and at most 1, found 0'),
    (dict(perturbation=dict(std=1)), "perturbation must be a dict whose type is the import path .* found {'std': 1}"),
    (dict(perturbation=dict(type='mine.Shift')), r"mine.Shift cannot be imported: No module named 'mine'; correct its"),
    (dict(perturbation=dict(type='Shift')), 'perturbation Shift cannot be imported: Empty module name; correct its'),
    (dict(perturbation=dict(type=f'{PERTURBATIONS}.mixstyle.Shift')), "imported: module .* has no attribute 'Shift'"),
    (dict(perturbation=dict(type='torch.nn.ReLU')), 'perturbation must be a dict whose type is the import path'),
    (dict(perturbation=dict(type=f'{PERTURBATIONS}.image_statistics.ImageStatistics')),
     r'ImageStatistics\(eps=inf\) changes nothing without an ascent: use AdversarialHook'),
    (dict(perturbation=dict(type=f'{PERTURBATIONS}.channel_statistics.ChannelStatistics', random_start=True)),
     'ChannelStatistics.* decides things in the course of training, which PerturbationHook does not keep: use Advers'),
    (dict(perturbation=dict(type=f'{PERTURBATIONS}.adversarial_style_augmentation.AdversarialStyleAugmentation',
                            channels=4)), 'does not keep: use AdversarialHook, or ASAHook for ASA'),
    (dict(perturbation=dict(type=f'{PERTURBATIONS}.mixstyle.MixStyle', beta=1)),
     "perturbation MixStyle: .*unexpected keyword argument 'beta'"),
    (dict(perturbation=dict(type=f'{PERTURBATIONS}.mixstyle.MixStyle', alpha='x')),
     "alpha must be positive, found 'x'"),
    (dict(perturbation=dict(type=f'{PERTURBATIONS}.dsu.DistributionUncertainty', factor=float('inf'))),
     'factor must be positive, found inf'),
])
def test_what_cannot_serve_is_said(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        runner(tmp_path, hooks=[{**HOOK, **changes}]).train()


def test_beside_a_hook_of_two_passes_it_is_refused(tmp_path):
    hooks = [HOOK, dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')]
    with pytest.raises(UserError, match='PerturbationHook would perturb the clean pass of AdvBNHook, and not'):
        runner(tmp_path, hooks=hooks).train()


def test_a_frozen_prefix_and_one_that_trains_are_refused(tmp_path):
    hooks = [dict(type='advbn_seg.hooks.FrozenPrefixHook', layer='backbone.layer1'),
             dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', train_prefix=True)]
    with pytest.raises(UserError, match='FrozenPrefixHook would freeze what train_prefix=True has AdvBNHook train'):
        runner(tmp_path, hooks=hooks).train()


def test_a_key_that_the_config_lacks_is_said(tmp_path):
    hook = dict(type='advbn_seg.hooks.AdvBNHook', layer='early_layers')
    with pytest.raises(UserError, match="layer 'early_layers' is a key of the config, which has none: add it"):
        runner(tmp_path, hooks=[hook]).train()


def test_an_adversary_without_steps_is_said(tmp_path):
    hook = dict(type='advbn_seg.hooks.AdversarialHook', layer='backbone.layer1', perturbation=dict(
        type=f'{PERTURBATIONS}.channel_statistics.ChannelStatistics'))
    with pytest.raises(UserError, match='ChannelStatistics.* changes nothing without an ascent: set num_steps'):
        runner(tmp_path / 'none', hooks=[hook]).train()
    trained(config(tmp_path / 'one', epochs=1, hooks=[dict(hook, num_steps=1)]))


def test_a_layer_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="layer 'backbone.layer9' is not a module of EncoderDecoder"):
        runner(tmp_path, hooks=[dict(HOOK, layers='backbone.layer9')]).train()

import copy

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from advbn_seg.errors import UserError
from advbn_seg.network.insertion import Insertion, inserted, recorded
from advbn_seg.perturbations.channel_statistics import ChannelStatistics
from advbn_seg.perturbations.mixstyle import MixStyle


def doubled(maps):
    return tuple(2 * feature for feature in maps)


def network():
    return nn.Sequential(nn.Identity(), nn.Identity(), nn.Flatten())


X = torch.ones(1, 1, 1, 3)


def test_each_layer_is_perturbed_in_training_only():
    model = network()
    insertion = Insertion(model, ['0', '1'], doubled, probability=1)
    assert model(X).tolist() == [[4., 4., 4.]]
    assert model.eval()(X).tolist() == [[1., 1., 1.]]
    insertion.remove()
    assert model.train()(X).tolist() == [[1., 1., 1.]]


def test_what_is_recorded_is_what_the_layer_returned_whatever_follows():
    model = nn.Sequential(nn.Identity(), nn.ReLU(inplace=True))
    with recorded([model[0]]) as found:
        model(-torch.ones(1, 1, 1, 3))
    assert found[0][0].tolist() == [[[[-1., -1., -1.]]]]


@pytest.mark.parametrize('use_reentrant', [False, True])
def test_a_layer_that_runs_again_in_the_backward_pass_is_refused(use_reentrant):
    class Recomputed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Conv2d(1, 2, 1)

        def forward(self, x):
            return checkpoint(self.layer, x, use_reentrant=use_reentrant).square()

    model, x = Recomputed(), torch.ones(1, 1, 1, 3, requires_grad=True)
    model(x).sum().backward()
    Insertion(model, ['layer'], doubled, probability=1)
    loss = model(x).sum()
    with pytest.raises(UserError, match="layer .layer. ran again after .* checkpointing off .*, call no layer"):
        loss.backward()
    model.eval()(x).sum().backward()  # which is not perturbed


def test_one_coin_a_step_for_all_layers():
    model = network()
    Insertion(model, ['0', '1'], doubled, probability=0.25, seed=3)
    found = [model(X)[0, 0].item() for _ in range(400)]
    assert set(found) == {1., 4.}
    assert 70 < found.count(4.) < 130  # five standard deviations around 100


def test_the_coin_depends_on_its_seed_alone():
    model = network()
    insertion = Insertion(model, ['0'], doubled)
    found = []
    for number in (1, 2):
        torch.manual_seed(number)
        insertion.seed(7)
        found.append([model(X)[0, 0].item() for _ in range(30)])
    assert found[0] == found[1] and set(found[0]) == {1., 2.}


def test_every_map_of_an_output_and_channels_last():
    seen = []

    class Pair(nn.Module):
        def forward(self, x):
            return dict(x=x, last=[x.movedim(1, -1)])

    with inserted([layer := Pair()], [lambda maps: seen.extend(maps) or doubled(maps)], channel_dim=-1):
        found = layer(torch.ones(1, 2, 2, 3))
    assert [feature.shape for feature in seen] == [(1, 3, 2, 2), (1, 2, 2, 3)]
    assert found['x'].shape == (1, 2, 2, 3) and (found['last'][0] == 2).all()


def test_only_the_first_call_of_a_layer_in_a_step_is_perturbed():
    layer = nn.Identity()
    with inserted([layer], [doubled]):
        assert layer(X).max() == 2 and layer(X).max() == 1


class Interrupting(nn.Module):
    def forward(self, x):
        raise KeyboardInterrupt


@pytest.fixture(params=[False, True], ids=['first step', 'later step'])
def interrupted(request):
    """(model, insertion) after a Ctrl-C between the model's begin and the perturbed layer."""
    model = network()
    insertion = Insertion(model, ['1'], doubled, probability=1)
    if request.param:
        model(X)
    model[0] = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        model(X)
    model[0] = nn.Identity()
    return model, insertion


def test_a_step_that_is_interrupted_is_over_in_the_next_one(interrupted):
    model, _ = interrupted
    assert model.eval()(X).max() == 1 and model.train()(X).max() == 2 and model.eval()(X).max() == 1


def test_removing_ends_a_step_that_was_interrupted(interrupted):
    model, insertion = interrupted
    insertion.remove()
    assert model.eval()(X).max() == 1


def test_a_perturbation_that_starts_at_rest_is_refused():
    with pytest.raises(UserError, match=r'ChannelStatistics.* changes nothing without an ascent: use AdversarialHook'):
        Insertion(network(), ['1'], ChannelStatistics())


def test_a_step_that_fails_leaves_nothing_behind():
    model = nn.Sequential(nn.Identity(), nn.Linear(3, 1))
    insertion = Insertion(model, ['0'], doubled, probability=1)
    with pytest.raises(RuntimeError):
        model(torch.ones(1, 1, 1, 4))
    insertion.remove()
    assert model[0](X).max() == 1


def test_the_model_prints_and_copies_with_it():
    model = network()
    insertion = Insertion(model, ['1'], doubled, description='doubled in half of the steps')
    assert '(1): Identity(doubled in half of the steps)' in repr(model)
    assert 'doubled' in repr(copy.deepcopy(model))
    insertion.remove()
    assert 'doubled' not in repr(model)


class Skips(nn.Sequential):
    """Runs its first module only."""

    def forward(self, x):
        return self[0](x)


@pytest.mark.parametrize('model, layer, message', [
    (Skips(nn.Identity(), nn.Identity()), '1', "layer '1' did not run in the forward pass, or returned no feature map"),
    (network(), '2', "layer '2' did not run in the forward pass, or returned no feature map"),
    (nn.Sequential(nn.Linear(3, 3), nn.ReLU()), '1', r"layer '1' returns a map .* that seems channels-last"),
])
def test_a_layer_that_cannot_serve_is_refused_in_the_first_perturbed_step(model, layer, message):
    Insertion(model, [layer], doubled, probability=1)
    with pytest.raises(UserError, match=message):
        model(X)


def test_a_channels_last_layer_may_be_told():
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    seen = []
    Insertion(model, '1', lambda maps: seen.extend(maps) or maps, probability=1, channel_dim=-1)
    model(torch.ones(1, 2, 2, 3))
    assert seen[0].shape == (1, 3, 2, 2)
    with pytest.raises(UserError, match='channel_dim must be 1 .* found 5'):
        Insertion(network(), ['0'], doubled, channel_dim=5)


def test_a_wrapped_model_is_perturbed():
    model = nn.DataParallel(network())
    Insertion(model, 'module.0', doubled, probability=1)
    assert model(X).max() == 2


def test_a_compiled_model_is_refused():
    with pytest.raises(UserError, match='compiled model takes no notice of perturbed layers: leave torch.compile out'):
        Insertion(torch.compile(network(), backend='eager'), ['0'], doubled)


@pytest.mark.parametrize('probability', [0, 1.5, '1'])
def test_probability_must_be_one(probability):
    with pytest.raises(UserError, match=f'probability must be above 0 and at most 1, found {probability!r}'):
        Insertion(network(), ['0'], doubled, probability)


def test_every_call_of_a_layer_is_perturbed():
    model = nn.Sequential(nn.Identity())
    twice = nn.Module()
    twice.inside, twice.forward = model, lambda x: (model(x), model(x))
    Insertion(twice, ['inside.0'], lambda maps: tuple(2 * each for each in maps), probability=1)
    assert [each.item() for each in twice(torch.ones(1, 1, 1, 1))] == [2, 2]


def test_a_class_in_the_place_of_a_perturbation_is_refused():
    with pytest.raises(UserError, match=r'perturb is the class MixStyle: make an object of it, MixStyle\(\.\.\.\)'):
        Insertion(nn.Sequential(nn.Identity()), ['0'], MixStyle)


@pytest.mark.parametrize('perturb, returned', [
    (lambda maps: maps[0], 'returned Tensor'), (lambda maps: (), 'returned none'), (lambda maps: None, 'NoneType'),
    (lambda maps: tuple(each.mean(0) for each in maps), r'given \(1, 1, 1, 3\) and returned \(1, 1, 3\)')])
def test_a_function_that_returns_no_such_maps_is_refused(perturb, returned):
    model = network()
    Insertion(model, ['0'], perturb, probability=1)
    with pytest.raises(UserError, match=f'must return a tuple of maps, of the shapes that it is given: .*{returned}'):
        model(X)

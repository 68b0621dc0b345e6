"""How the strength of an attack is measured, on the tests' small network."""
import copy
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import advbn_seg.hooks  # noqa: F401  registers AdvBNHook
from advbn_seg.adversarial import AdvBN
from advbn_seg.errors import UserError
from advbn_seg.experiments.benchmark.steps import MODES, options_of, reference_of
from advbn_seg.experiments.benchmark.strength import find, measure_strength, score, strength
from tests.adversarial.reference import halves
from tests.evaluation import tiny_sets


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*halves())
        self.layers[1][3].p = 0.  # dropout draws as often as it is asked

    def forward(self, x, y, mode):
        return dict(loss=F.cross_entropy(self.layers(x), y))


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def data():
    torch.manual_seed(1)
    return [dict(x=torch.randn(8, 3, 12, 12), y=torch.randint(5, (8,))) for _ in range(2)]


def gains(model, data, **options):
    options = dict(num_steps=3, step_size=0.2, eps=0.5, **options)
    backward = torch.Tensor.backward if options.get('fast') else None
    found = find(AdvBN(model, 'layers.0', **options), model, data, backward)
    return score(AdvBN(model, 'layers.0', **{**options, 'fast': False}), model, data, found)


def test_gains_are_losses_under_the_deltas_less_those_without(model, data):
    found = gains(model, data)
    prefix, suffix = model.layers
    for which in ('training', 'eval'):
        for batch, gain in zip(data, found[which]):
            reference = copy.deepcopy(model)
            advbn = AdvBN(reference, 'layers.0')
            advbn.losses(lambda batch=batch, reference=reference: reference(**batch, mode='loss'))
            suffix.train(which == 'training')
            feature = prefix.eval()(batch['x'])
            shifted, = advbn.perturbation.apply((feature,), advbn.delta_mean, advbn.delta_std)
            clean, raised = (F.cross_entropy(copy.deepcopy(suffix)(each), batch['y']).item()
                             for each in (feature, shifted))
            assert gain == pytest.approx(raised - clean, abs=1e-5)
            assert abs(gain) > 1e-3


def test_the_model_is_as_before(model, data):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gains(model, data, fast=True)
    assert model.state_dict().keys() == before.keys()
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


def test_the_same_attack_is_as_strong_and_a_shorter_one_weaker(model, data):
    full, again, shorter = (gains(model, data, **options) for options in ({}, {}, dict(attack_every=9)))
    for which in ('training', 'eval'):
        assert full[which] == pytest.approx(again[which], rel=1e-4)
    assert shorter['eval'][0] == pytest.approx(full['eval'][0], rel=1e-4)
    assert shorter['eval'][1] < full['eval'][1]  # another batch's deltas


def test_the_interval_is_that_of_a_share_of_means():
    torch.manual_seed(0)
    theirs = 1 + torch.rand(400)
    ours = 0.8 * theirs + 0.1 * torch.randn(400)
    share, interval = strength(list(zip(ours.tolist(), theirs.tolist())))
    assert share == pytest.approx(0.8, abs=interval)
    assert interval == pytest.approx(1.96 * 0.1 / 400 ** 0.5 / theirs.mean().item(), rel=0.15)


@pytest.mark.parametrize('num_steps, eps', [(3, 0.5), (6, 1.1)])
def test_the_ask_is_the_papers(num_steps, eps):
    assert options_of('reference', num_steps) == dict(num_steps=num_steps, step_size=0.2, eps=eps)
    for mode in MODES:
        own, theirs = options_of(mode, num_steps), options_of(reference_of(mode), num_steps)
        assert all(own[key] == theirs[key] for key in ('step_size', 'eps'))
        assert own.get('per_image') == theirs.get('per_image')


def test_a_network_that_was_trained_with_an_attack_is_refused(tmp_path):
    cfg = tiny_sets.config(custom_hooks=[dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')])
    with pytest.raises(UserError, match='advbn was trained with an attack, .*: give its baseline or its control'):
        measure_strength(SimpleNamespace(name='advbn', cfg=cfg), ['fast'], 3, 2, 4, tmp_path)

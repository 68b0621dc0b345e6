"""Auxiliary norms that a model has no place for are left out of what it loads, and all others are loaded."""
import logging
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from advbn_seg.adversarial import AdvBN
from advbn_seg.errors import UserError
from advbn_seg.runtime.checkpoint_fit import CheckpointFitHook


def net():
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))


@pytest.fixture
def state():
    """Of a model with auxiliary norms, whose weights are told apart."""
    model = net()
    AdvBN(model, '0')
    model[2].aux.weight.data.fill_(7)
    return model.state_dict()


def load(model, state, caplog):
    checkpoint = dict(state_dict=dict(state))
    with caplog.at_level(logging.INFO):
        CheckpointFitHook('advbn.pth').after_load_checkpoint(
            SimpleNamespace(model=model, logger=logging.getLogger()), checkpoint)
    return checkpoint['state_dict']


def test_a_plain_model_is_given_the_main_norms_alone(state, caplog):
    model = net()
    left = load(model, state, caplog)
    assert left.keys() == model.state_dict().keys()
    assert caplog.messages == ['advbn.pth: 5 entries of auxiliary norms are left out, as this model has none']


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_a_model_with_auxiliary_norms_is_given_all(state, caplog, prefix):
    model = net()
    AdvBN(model, '0')
    left = load(model, {prefix + key: value for key, value in state.items()}, caplog)
    assert len(left) == len(state) and not caplog.messages
    assert torch.equal(model[2].aux.weight, torch.full((4,), 7.))


@pytest.mark.parametrize('state, message', [
    ([1, 2], 'advbn.pth has no weights by name, but a list: give one that a training saved'),
    (None, 'advbn.pth has no weights by name, but a NoneType'),
    ({1: torch.ones(1)}, 'advbn.pth has no weights by name, but a dict'),
    ({**net().state_dict(), '0.bias': torch.zeros(4).to_sparse()}, r'its 0.bias has the shape of no dense tensor'),
])
def test_what_holds_no_weights_is_refused(state, message):
    with pytest.raises(UserError, match=message):
        CheckpointFitHook('advbn.pth').after_load_checkpoint(
            SimpleNamespace(model=net(), logger=logging.getLogger()), dict(state_dict=state))

import pytest
import torch
from mmpretrain.models.backbones import DenseNet
from torch import nn

from advbn_seg.adversarial import AdvBN
from advbn_seg.errors import UserError
from advbn_seg.models.advbn_densenet import AdvBNDenseNet

SMALL = dict(arch={'growth_rate': 4, 'depths': [2, 2, 2], 'init_channels': 8})


def test_only_the_norm_after_the_transition_is_left_out():
    plain = DenseNet(**SMALL)
    missing, unexpected = AdvBNDenseNet(**SMALL).load_state_dict(plain.state_dict(), strict=False)
    assert not missing and {key.rpartition('.')[0] for key in unexpected} == {'stages.1.block.0.norm1'}
    _, unexpected = AdvBNDenseNet(**SMALL, advbn_transition=1).load_state_dict(plain.state_dict(), strict=False)
    assert {key.rpartition('.')[0] for key in unexpected} == {'stages.2.block.0.norm1'}


def test_it_is_the_plain_net_whose_norm_there_does_nothing():
    torch.manual_seed(0)
    plain, ours = DenseNet(**SMALL), AdvBNDenseNet(**SMALL)
    plain.stages[1].block[0].norm1 = nn.Identity()
    ours.load_state_dict(plain.state_dict())
    plain.eval(), ours.eval()  # mmpretrain's return None
    images = torch.randn(2, 3, 64, 64)
    torch.testing.assert_close(ours(images), plain(images))


def kept(net):
    """How far a doubled mean and spread after the transition reach into the first layer's bottleneck, in training."""
    torch.manual_seed(0)
    model = net(**SMALL)
    model.train()
    layer = model.stages[1].block[0]
    features = torch.randn(4, 8, 8, 8)
    seen = [layer.conv1(layer.act(layer.norm1(features * factor + factor))) for factor in (1, 2)]
    return float((seen[1] - seen[0]).norm() / seen[0].norm())


def test_more_of_the_shift_is_left():
    assert kept(DenseNet) < 1e-3 < 0.5 < kept(AdvBNDenseNet)


def test_advbn_trains_it():
    torch.manual_seed(0)
    model = nn.Sequential(AdvBNDenseNet(**SMALL), nn.Flatten(), nn.LazyLinear(3)).train()
    model[0].forward = lambda x, forward=model[0].forward: forward(x)[-1]
    model(torch.randn(2, 3, 64, 64))
    images, labels = torch.randn(2, 3, 64, 64), torch.tensor([0, 2])
    advbn = AdvBN(model, '0.transitions.0', num_steps=2, clamp=False, trace=lambda: model(images))
    clean, adversarial = advbn.losses(lambda: nn.functional.cross_entropy(model(images), labels))
    (clean + adversarial).backward()
    assert adversarial > clean and model[0].stages[1].block[0].conv1.weight.grad.abs().sum() > 0


def test_a_transition_that_there_is_not():
    with pytest.raises(UserError, match='from 0 to 1 in this DenseNet, found 2'):
        AdvBNDenseNet(**SMALL, advbn_transition=2)

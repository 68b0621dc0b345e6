"""What every random peer does, on the device of --device."""
import pytest
import torch

from advbn_seg.perturbations.cross_norm import CrossNorm
from advbn_seg.perturbations.dsu import DistributionUncertainty
from advbn_seg.perturbations.efdmix import EFDMix
from advbn_seg.perturbations.mixstyle import MixStyle
from advbn_seg.perturbations.moment_exchange import MomentExchange
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation
from advbn_seg.perturbations.normalization_perturbation_plus import NormalizationPerturbationPlus

pytestmark = [pytest.mark.gpu, pytest.mark.parametrize('peer', [
    CrossNorm(), DistributionUncertainty(), EFDMix(), MixStyle(), MomentExchange(),
    NormalizationPerturbation(), NormalizationPerturbationPlus()], ids=repr)]


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float64])
def test_maps_keep_their_shape_and_dtype_and_change(feature, device, peer, dtype):
    maps = feature.to(device, dtype), feature[:, :2, :3].to(device, dtype)
    torch.manual_seed(3)
    for before, after in zip(maps, peer(maps)):
        assert (after.shape, after.dtype, after.device) == (before.shape, before.dtype, before.device)
        assert (after - before).abs().max() > 0.1


def test_each_image_has_variables_of_its_own(feature, device, peer):
    assert not peer.shared
    assert all(len(variable) == 4 for variable in peer.draw((feature.to(device),)))


def test_the_gradient_is_finite_and_passes(feature, device, peer):
    feature = feature.to(device).requires_grad_()
    flat = torch.cat([feature[:, :4], torch.zeros_like(feature[:, :1])], 1)  # a dead channel
    gradient, = torch.autograd.grad(peer((flat,))[0].square().sum(), feature)
    assert gradient.isfinite().all() and gradient[:, :4].abs().max() > 0


def test_a_seed_repeats_the_draw(feature, device, peer):
    torch.manual_seed(5)
    first, = peer((feature.to(device),))
    torch.manual_seed(5)
    assert torch.equal(peer((feature.to(device),))[0], first)

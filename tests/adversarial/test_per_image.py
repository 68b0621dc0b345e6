"""Deltas of each image."""
import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, shift_statistics

from .reference import ATTACK, halves, losses

PER_IMAGE = dict(losses=(1.801542296265126, 1.8562491465048319),
                 delta_mean=[8.3, 7.7, 6.3, 7.3, 8.0, 8.0, 6.0, 7.7],
                 delta_std=[6.2, 8.3, 6.6, 8.3, 8.0, 7.7, 6.0, 9.0])


def alone(suffix, loss_fn, feature, num_steps, step_size, eps):
    """Deltas of one image by Eq. 1 and 2, written out: its own statistics, its own loss, norms in eval mode."""
    mu = feature.mean((2, 3), keepdim=True)
    deltas = [torch.ones_like(mu), torch.ones_like(mu)]
    for _ in range(num_steps):
        mean, std = (delta.requires_grad_() for delta in deltas)
        loss = loss_fn(suffix(F.relu(std * (feature - mu) + mean * mu)))
        gradients = torch.autograd.grad(loss, [mean, std])
        deltas = [(delta.detach() + step_size * gradient.sign()).clamp(1 - eps, 1 + eps)
                  for delta, gradient in zip((mean, std), gradients)]
    return [delta.flatten() for delta in deltas]


@pytest.mark.parametrize('subsample', [1, 2])
def test_per_image_each_image_is_attacked_as_if_it_were_alone(batch, subsample):
    model = nn.Sequential(*halves()).double()
    x, y = batch[0].double(), batch[1]
    plain = copy.deepcopy(model).eval()
    advbn = AdvBN(model, '0', **ATTACK, per_image=True, subsample=subsample)
    losses(model, advbn, (x, y))
    assert advbn.delta_mean.shape == advbn.delta_std.shape == (8, 8)
    for index in range(len(x)):
        feature = plain[0](x[index:index + 1]).detach()[..., ::subsample, ::subsample]
        mean, std = alone(plain[1], lambda logits, index=index: F.cross_entropy(logits, y[index:index + 1]), feature,
                          **ATTACK)
        assert torch.equal(advbn.delta_mean[index].double(), mean.float().double())
        assert torch.equal(advbn.delta_std[index].double(), std.float().double())


def test_per_image_golden_numbers(batch):
    """Of this very network and batch in float64; they change with the method, not with the machine."""
    model = nn.Sequential(*halves()).double()
    model[1][3].p = 0.  # dropout
    advbn = AdvBN(model, '0', **ATTACK, per_image=True)
    clean, adversarial = losses(model, advbn, (batch[0].double(), batch[1]))
    assert (clean.item(), adversarial.item()) == pytest.approx(PER_IMAGE['losses'], rel=1e-6)
    assert advbn.delta_mean.sum(1).tolist() == pytest.approx(PER_IMAGE['delta_mean'], rel=1e-6)
    assert advbn.delta_std.sum(1).tolist() == pytest.approx(PER_IMAGE['delta_std'], rel=1e-6)


def test_a_shift_that_images_share_is_undone_by_a_batch_norm_and_their_own_is_not(batch):
    """The mean's, exactly, where no clamp stands between: a convolution makes it one constant per channel."""
    model = nn.Sequential(*halves())
    x = model[0][:2](batch[0]).detach()  # before the ReLU
    after = nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8))
    ones = torch.ones(8)
    shared = shift_statistics(x, 1 + torch.linspace(-.5, .5, 8), ones)
    own = shift_statistics(x, 1 + torch.rand(8, 8) - 0.5, torch.ones(8, 8))
    torch.testing.assert_close(after(shared), after(x), rtol=1e-3, atol=1e-4)
    assert (after(own) - after(x)).abs().mean() > 0.01

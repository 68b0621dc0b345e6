import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.perturbations.dsu import DistributionUncertainty


def loop(feature, noise, factor, eps=1e-6):
    """The paper's Eq. 4 to 8; noise is (B, 2, C)."""
    mu = torch.tensor([[channel.mean() for channel in image] for image in feature])
    sigma = torch.tensor([[(channel.var() + eps).sqrt() for channel in image] for image in feature])
    new = torch.empty_like(feature)
    for image in range(feature.shape[0]):
        for channel in range(feature.shape[1]):
            spreads = [(statistic[:, channel].var() + eps).sqrt() for statistic in (mu, sigma)]
            beta = mu[image, channel] + factor * noise[image, 0, channel] * spreads[0]
            gamma = sigma[image, channel] + factor * noise[image, 1, channel] * spreads[1]
            new[image, channel] = gamma * (feature[image, channel] - mu[image, channel]) / sigma[image, channel] + beta
    return new


@pytest.mark.parametrize('factor', [1., 0.5])
def test_the_formula(feature, factor):
    torch.manual_seed(3)
    noise = torch.randn(4, 2, 5)
    torch.manual_seed(3)
    perturbed, = DistributionUncertainty(factor)((feature,))
    torch.testing.assert_close(perturbed, loop(feature, noise, factor))


def test_the_drawn_statistics_deviate_as_those_of_the_batch_do():
    torch.manual_seed(0)
    feature = torch.randn(500, 2, 3, 3) * torch.tensor([1., 4.]).view(2, 1, 1)
    dsu = DistributionUncertainty()
    for own, drawn in zip(dsu.statistics((feature,)), dsu.draw((feature,))):
        torch.testing.assert_close((drawn - own).std(0), own.std(0), rtol=0.1, atol=0)


def test_images_that_are_alike_hardly_change(feature):
    same = feature[:1].expand(4, -1, -1, -1)
    perturbed, = DistributionUncertainty()((same,))
    torch.testing.assert_close(perturbed, same, rtol=0, atol=0.02)


def test_the_gradient_is_finite_for_one_image(feature):
    single = feature[:1].requires_grad_()
    perturbed, = DistributionUncertainty()((single,))
    torch.testing.assert_close(perturbed, single, rtol=0, atol=0.02)
    gradient, = torch.autograd.grad(perturbed.square().sum(), single)
    assert gradient.isfinite().all() and gradient.abs().max() > 0


def test_factor_must_be_positive():
    with pytest.raises(UserError, match='factor must be positive, found 0'):
        DistributionUncertainty(0)

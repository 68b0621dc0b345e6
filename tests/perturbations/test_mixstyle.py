import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.perturbations.mixstyle import MixStyle, draw_mixing


def loop(feature, weight, partner, eps=1e-6):
    """The paper's Eq. 5 to 7, image by image and channel by channel."""
    mixed = torch.empty_like(feature)
    for image in range(feature.shape[0]):
        for channel in range(feature.shape[1]):
            own, other = feature[image, channel], feature[partner[image], channel]
            (mu, sigma), (mu_2, sigma_2) = ((each.mean(), (each.var() + eps).sqrt()) for each in (own, other))
            share = weight[image]
            mixed[image, channel] = ((own - mu) / sigma * (share * sigma + (1 - share) * sigma_2)
                                     + share * mu + (1 - share) * mu_2)
    return mixed


def test_the_formula(feature):
    torch.manual_seed(3)
    weight, partner = draw_mixing((feature,), 0.1)
    assert partner.tolist() != [0, 1, 2, 3]
    torch.manual_seed(3)
    mixed, = MixStyle(0.1)((feature,))
    torch.testing.assert_close(mixed, loop(feature, weight, partner))


def test_statistics_are_constants_of_the_gradient(feature):
    feature = feature.requires_grad_()
    mean, std = MixStyle().draw((feature,))
    assert not mean.requires_grad and not std.requires_grad
    gradient, = torch.autograd.grad(MixStyle().apply((feature,), mean, std)[0].sum(), feature)
    expected = std / MixStyle().statistics((feature,))[1]
    torch.testing.assert_close(gradient, expected[..., None, None].expand_as(gradient))


def test_weights_are_of_a_beta_distribution():
    weight, partner = draw_mixing((torch.zeros(4000, 1, 1, 1),), 0.1)
    # Beta(a, a) has the mean 1/2 and the variance 1 / (4 (2 a + 1))
    assert weight.mean() == pytest.approx(0.5, abs=0.03) and weight.var() == pytest.approx(1 / 4.8, abs=0.01)
    assert sorted(partner.tolist()) == list(range(4000))


def test_one_image_stays_as_it_is(feature):
    torch.testing.assert_close(MixStyle()((feature[:1],))[0], feature[:1])


def test_alpha_must_be_positive():
    with pytest.raises(UserError, match='alpha must be positive, found 0'):
        MixStyle(0)

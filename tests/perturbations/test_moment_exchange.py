import torch

from advbn_seg.perturbations.moment_exchange import MomentExchange


def loop(feature, partner, eps=1e-5):
    """The channels of each position, normalised, with the moments of the partner's position."""
    new = torch.empty_like(feature)
    for image in range(feature.shape[0]):
        for y in range(feature.shape[2]):
            for x in range(feature.shape[3]):
                own, other = feature[image, :, y, x], feature[partner[image], :, y, x]
                new[image, :, y, x] = ((own - own.mean()) / (own.var() + eps).sqrt() * (other.var() + eps).sqrt()
                                       + other.mean())
    return new


def test_the_formula(feature):
    torch.manual_seed(3)
    partner = torch.randperm(4)
    torch.manual_seed(3)
    torch.testing.assert_close(MomentExchange()((feature,))[0], loop(feature, partner))


def test_small_numbers():
    """Moments (2, sqrt 2) and (20, sqrt 200) of two channels; the images swap them."""
    feature = torch.tensor([[1., 3.], [10., 30.]]).view(2, 2, 1, 1)
    swapped, = MomentExchange(variance_eps=0).apply((feature,), torch.tensor([1, 0]))
    torch.testing.assert_close(swapped.flatten(1), torch.tensor([[10., 30.], [1., 3.]]))


def test_an_image_that_is_its_own_partner_stays(feature):
    torch.testing.assert_close(MomentExchange().apply((feature,), torch.arange(4))[0], feature)


def test_tokens_are_positions(feature):
    partner = torch.tensor([2, 0, 3, 1])
    tokens, = MomentExchange().apply((feature.flatten(2).transpose(1, 2),), partner)
    maps, = MomentExchange().apply((feature,), partner)
    torch.testing.assert_close(tokens, maps.flatten(2).transpose(1, 2))


def test_the_moments_of_the_partner_carry_a_gradient(feature):
    feature = feature.requires_grad_()
    first, = MomentExchange().apply((feature,), torch.tensor([1, 0, 2, 3]))
    gradient, = torch.autograd.grad(first[0].sum(), feature)
    torch.testing.assert_close(gradient[1], torch.ones_like(gradient[1]))  # the sum is that of the partner
    assert gradient[0].abs().max() < 1e-4


def test_a_map_of_one_channel_has_no_deviation():
    grey = torch.rand(3, 1, 4, 4)
    perturbed, = MomentExchange().apply((grey,), torch.tensor([1, 2, 0]))
    torch.testing.assert_close(perturbed, grey[[1, 2, 0]])

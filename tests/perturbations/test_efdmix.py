import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.perturbations.efdmix import EFDMix, of_same_rank
from advbn_seg.perturbations.mixstyle import draw_mixing


def loop(feature, weight, partner):
    """w x + (1 - w) y, where the n-th smallest of a channel is mixed with the partner's n-th smallest."""
    mixed = torch.empty_like(feature)
    for image in range(feature.shape[0]):
        for channel in range(feature.shape[1]):
            own = feature[image, channel].flatten()
            other = sorted(feature[partner[image], channel].flatten().tolist())
            for rank, place in enumerate(sorted(range(len(own)), key=own.__getitem__)):
                mixed[image, channel].view(-1)[place] = (weight[image] * own[place]
                                                         + (1 - weight[image]) * other[rank])
    return mixed


def test_the_formula(feature):
    torch.manual_seed(3)
    weight, partner = draw_mixing((feature,), 0.1)
    torch.manual_seed(3)
    mixed, = EFDMix(0.1)((feature,))
    torch.testing.assert_close(mixed, loop(feature, weight, partner))


def test_a_whole_swap_has_the_values_of_the_partner(feature):
    swapped = of_same_rank(feature, torch.tensor([1, 2, 3, 0]))
    torch.testing.assert_close(swapped.flatten(2).sort().values, feature.roll(-1, 0).flatten(2).sort().values)
    assert torch.equal(swapped.flatten(2).argsort(), feature.flatten(2).argsort())


def test_tokens_are_mixed_like_the_map_they_flatten(feature):
    partner = torch.tensor([1, 2, 3, 0])
    tokens = of_same_rank(feature.flatten(2).transpose(1, 2), partner)
    assert torch.equal(tokens.transpose(1, 2).reshape(feature.shape), of_same_rank(feature, partner))


def test_the_gradient_passes_as_if_nothing_were_mixed_and_to_the_partner(feature):
    feature = feature.requires_grad_()
    torch.manual_seed(3)
    weight, partner = draw_mixing((feature,), 0.1)
    torch.manual_seed(3)
    gradient, = torch.autograd.grad(EFDMix(0.1)((feature,))[0].sum(), feature)
    expected = 1 + (1 - weight)[partner.argsort()]
    torch.testing.assert_close(gradient, expected.view(4, 1, 1, 1).expand_as(gradient))


def test_a_draw_is_for_maps_of_its_shape(feature):
    mixing = EFDMix()
    variables = mixing.draw((feature,))
    assert mixing.fits(variables, (feature,))
    assert not mixing.fits(variables, (feature[..., 1:],)) and not mixing.fits(variables, (feature[1:],))


def test_alpha_must_be_positive():
    with pytest.raises(UserError, match='alpha must be positive, found -1'):
        EFDMix(-1)

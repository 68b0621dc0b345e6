import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.perturbations.cross_norm import LEAST_AREA, CrossNorm, cropped


def loop(feature, style, partner, eps=1e-5):
    """AdaIN of each channel of each image with the same channel of its partner's style."""
    new = torch.empty_like(feature)
    for image in range(feature.shape[0]):
        for channel in range(feature.shape[1]):
            own, other = feature[image, channel], style[partner[image], channel]
            normal = (own - own.mean()) / (own.var() + eps).sqrt()
            new[image, channel] = normal * (other.var() + eps).sqrt() + other.mean()
    return new


def test_the_formula(feature):
    torch.manual_seed(3)
    partner = torch.randperm(4)
    torch.manual_seed(3)
    torch.testing.assert_close(CrossNorm()((feature,))[0], loop(feature, feature, partner))


def test_the_style_of_a_crop(feature):
    torch.manual_seed(3)
    partner, (area, top, left) = torch.randperm(4), torch.rand(3).tolist()
    torch.manual_seed(3)
    style = cropped(feature, LEAST_AREA + (1 - LEAST_AREA) * area, top, left)
    assert style.shape != feature.shape
    torch.testing.assert_close(CrossNorm(crop=True)((feature,))[0], loop(feature, style, partner))


def test_only_the_own_statistics_carry_a_gradient(feature):
    feature = feature.requires_grad_()
    assert not any(each.requires_grad for each in CrossNorm().draw((feature,)))
    gradient, = torch.autograd.grad(CrossNorm()((feature,))[0].sum(), feature)
    torch.testing.assert_close(gradient, torch.zeros_like(feature), rtol=0, atol=1e-5)  # the mean is the partner's


@pytest.mark.parametrize('area, place, size', [(1, 0.99, (6, 8)), (0.25, 0, (3, 4)), (0.1, 0.99, (2, 3)),
                                               (0, 0.5, (1, 1))])
def test_a_crop_lies_inside_and_has_the_aspect_ratio(area, place, size):
    index = torch.arange(48.).view(1, 1, 6, 8)
    crop = cropped(index, area, place, place)
    assert crop.shape[2:] == size
    if place:
        assert (crop[..., -1, -1] == 47) == (place > 0.9)
    else:
        assert crop[..., 0, 0] == 0


def test_tokens_have_no_crop(feature):
    with pytest.raises(UserError, match=r'crop=True needs a feature map .* found \(4, 42, 5\): leave crop out'):
        CrossNorm(crop=True)((feature.flatten(2).transpose(1, 2),))

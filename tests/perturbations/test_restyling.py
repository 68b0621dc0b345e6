import pytest
import torch

from advbn_seg.perturbations.restyling import Restyling
from advbn_seg.perturbations.statistics import image_statistics, spread


def test_the_maps_have_the_asked_statistics(feature):
    mean, std = torch.randn(4, 5), torch.rand(4, 5) + 0.5
    restyled = Restyling().apply((feature,), mean, std)
    for wanted, found in zip((mean, std), image_statistics(restyled)):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_own_statistics_change_nothing(feature):
    restyled, = Restyling().apply((feature,), *Restyling().statistics((feature,)))
    torch.testing.assert_close(restyled, feature)


def test_tokens_are_restyled_like_the_map_they_flatten(feature):
    targets = torch.rand(2, 4, 5).unbind()
    tokens, = Restyling().apply((feature.flatten(2).transpose(1, 2),), *targets)
    torch.testing.assert_close(tokens.transpose(1, 2).view_as(feature), Restyling().apply((feature,), *targets)[0])


def test_statistics_of_several_maps_lie_side_by_side(feature):
    maps, targets = (feature, feature[:, :2, :3]), torch.rand(2, 4, 7)
    first, second = Restyling().apply(maps, *targets)
    torch.testing.assert_close(first, Restyling().apply(maps[:1], *targets[..., :5])[0])
    torch.testing.assert_close(second, Restyling().apply(maps[1:], *targets[..., 5:])[0])


def test_half_precision_keeps_a_channel_that_hardly_varies():
    feature = (100 + 0.5 * torch.randn(2, 3, 8, 8)).bfloat16()
    targets = torch.zeros(2, 3), torch.full((2, 3), 1.3)
    restyled, precise = (Restyling().apply((each,), *targets)[0].float() for each in (feature, feature.float()))
    torch.testing.assert_close(restyled, precise, rtol=1e-2, atol=1e-3)


def test_half_precision_keeps_its_dtype(feature):
    restyled, = Restyling().apply((feature.bfloat16(),), *torch.rand(2, 4, 5))
    assert restyled.dtype == torch.bfloat16
    assert image_statistics((feature.bfloat16(),))[0].dtype == torch.float32


def test_a_map_of_one_position_does_not_deviate():
    _, std = image_statistics((torch.rand(2, 3, 1, 1),), eps=1e-6)
    torch.testing.assert_close(std, torch.full((2, 3), 1e-3))


def test_spread_is_that_of_the_batch_and_one_image_has_none():
    statistic = torch.tensor([[1., 2.], [3., 2.]])
    torch.testing.assert_close(spread(statistic), torch.tensor([2 ** 0.5, 0.]))
    assert spread(statistic[:1]).tolist() == [0, 0]


@pytest.mark.parametrize('shape', [(4, 5), (4,)])
def test_vectors_have_no_statistics(shape):
    with pytest.raises(ValueError, match='a feature map'):
        image_statistics((torch.rand(shape),))

"""Statistics of a stream are those of all of it at once."""
import pytest
import torch

from advbn_seg.evaluation.channel_moments import ChannelMoments


def moments_of(*batches):
    moments = ChannelMoments()
    for batch in batches:
        moments.add(batch)
    return moments


@pytest.mark.parametrize('shape, dims', [((7, 3, 4, 5), (0, 2, 3)), ((7, 20, 3), (0, 1))])
def test_batches_of_any_size_give_the_statistics_of_one_pass(shape, dims):
    feature = torch.randn(shape, dtype=torch.float64) * torch.rand(7).double().view(-1, *[1] * (len(shape) - 1)) + 3
    var, mean = torch.var_mean(feature, dims, correction=0)
    for sizes in ((7,), (1, 6), (3, 3, 1), (1,) * 7):
        moments = moments_of(*feature.split(sizes))
        assert moments.count == 7 * 20
        torch.testing.assert_close(moments.mean, mean, rtol=1e-13, atol=1e-13)
        torch.testing.assert_close(moments.var, var, rtol=1e-12, atol=1e-13)


def test_a_large_mean_does_not_swallow_the_variance():
    feature = (1e5 + torch.tensor([-1., 1.])).view(1, 1, 1, 2).repeat(64, 1, 1, 1)  # float32 squares would lose it
    moments = moments_of(*feature.split(5))
    assert moments.mean.item() == 1e5 and moments.var.item() == pytest.approx(1, rel=1e-9)


def test_images_of_several_sizes_count_by_their_positions():
    moments = moments_of(torch.zeros(1, 1, 1, 3), torch.ones(1, 1, 3, 3))
    assert (moments.count, moments.mean.item()) == (12, 0.75) and moments.var.item() == pytest.approx(0.1875)

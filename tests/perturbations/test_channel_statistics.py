import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.perturbations.channel_statistics import ChannelStatistics


@pytest.mark.parametrize('per_image, shape', [(False, (5,)), (True, (4, 5))])
def test_the_paper_starts_at_one(feature, per_image, shape):
    perturbation = ChannelStatistics(per_image=per_image)
    for delta in perturbation.draw((feature,)):
        assert torch.equal(delta, torch.ones(shape))
    assert perturbation.shared == (not per_image)


@pytest.mark.parametrize('per_image', [False, True])
def test_a_random_start_lies_in_the_ball(feature, per_image):
    torch.manual_seed(0)
    deltas = torch.stack(ChannelStatistics(eps=0.3, per_image=per_image, random_start=True).draw((feature,)))
    assert 0.1 < (deltas - 1).abs().max() <= 0.3
    assert len(deltas.unique()) == deltas.numel()


def test_projects_into_the_ball():
    projected = ChannelStatistics(eps=0.3).project(torch.tensor([0.2, 1., 1.2, 3.]))
    torch.testing.assert_close(projected, torch.tensor([0.7, 1., 1.2, 1.3]))


def test_clamp_is_a_relu(feature):
    deltas = torch.full((5,), 0.5), torch.full((5,), 1.5)
    clamped, = ChannelStatistics(clamp=True).apply((feature,), *deltas)
    torch.testing.assert_close(clamped, ChannelStatistics(clamp=False).apply((feature,), *deltas)[0].relu())
    assert (clamped == 0).any()


@pytest.mark.parametrize('sign, clamp', [(1, True), (-1, False)])
def test_clamp_follows_the_first_batch_that_is_finite(feature, sign, clamp):
    perturbation = ChannelStatistics()
    perturbation.draw((torch.full_like(feature, float('nan')),))
    assert perturbation.clamp is None
    perturbation.draw((sign * feature.abs(),))
    assert perturbation.clamp is clamp
    perturbation.draw((-sign * feature.abs(),))
    assert perturbation.clamp is clamp


def test_state_carries_the_clamp(feature):
    perturbation, other = ChannelStatistics(), ChannelStatistics()
    perturbation.draw((feature.abs(),))
    other.load_state_dict(perturbation.state_dict())
    assert other.clamp is True


@pytest.mark.parametrize('per_image', [False, True])
def test_deltas_are_for_so_many_channels_and_for_images_or_for_all(feature, per_image):
    perturbation = ChannelStatistics(per_image=per_image)
    deltas = perturbation.draw((feature,))
    assert perturbation.fits(deltas, (feature,)) and perturbation.fits(deltas, (feature[..., 1:],))
    assert perturbation.fits(deltas, (feature[1:],)) != per_image
    assert not perturbation.fits(deltas, (feature, feature))
    assert not ChannelStatistics(per_image=not per_image).fits(deltas, (feature,))


def test_summary_is_the_mean_distance_from_one():
    summary = ChannelStatistics().summary((torch.tensor([0.5, 1.]), torch.tensor([[1.2, 0.8]])))
    assert {name: value.item() for name, value in summary.items()} == pytest.approx(dict(shift_mean=.25, shift_std=.2))


def test_eps_must_be_positive():
    with pytest.raises(UserError, match='eps must be positive, found 0'):
        ChannelStatistics(eps=0)

import pytest
import torch

from advbn_seg.adversarial import ChannelStatistics, channel_mean, shift_statistics


@pytest.fixture
def feature():
    return torch.randn(4, 5, 6, 7, generator=torch.Generator().manual_seed(0)) * 2 + 1


def test_shift_scales_mean_and_std_of_each_channel(feature):
    delta_mean, delta_std = torch.linspace(0.5, 1.5, 5), torch.linspace(1.5, 0.5, 5)
    shifted = shift_statistics(feature, delta_mean, delta_std)
    torch.testing.assert_close(channel_mean(shifted), delta_mean * channel_mean(feature))
    torch.testing.assert_close(shifted.std((0, 2, 3)), delta_std * feature.std((0, 2, 3)))


def test_shift_follows_equation_1(feature):
    delta_mean, delta_std = torch.rand(5), torch.rand(5)
    mu = feature.mean((0, 2, 3), keepdim=True)
    expected = delta_std.view(1, 5, 1, 1) * (feature - mu) + delta_mean.view(1, 5, 1, 1) * mu
    torch.testing.assert_close(shift_statistics(feature, delta_mean, delta_std), expected)


def test_deltas_of_one_change_nothing(feature):
    torch.testing.assert_close(shift_statistics(feature, torch.ones(5), torch.ones(5)), feature)


def test_tokens_are_shifted_like_the_map_they_flatten(feature):
    deltas = torch.rand(2, 5).unbind()
    tokens = feature.flatten(2).transpose(1, 2)
    expected = shift_statistics(feature, *deltas).flatten(2).transpose(1, 2)
    torch.testing.assert_close(shift_statistics(tokens, *deltas), expected)


def test_half_precision_keeps_its_dtype_and_takes_its_mean_in_float32(feature):
    half = feature.bfloat16()
    assert shift_statistics(half, torch.ones(5), torch.ones(5)).dtype == torch.bfloat16
    assert channel_mean(half).dtype == torch.float32


def test_vectors_have_no_map():
    with pytest.raises(ValueError, match=r'feature map .* found a tensor of shape \(4, 5\)'):
        channel_mean(torch.zeros(4, 5))


def test_random_start_lies_in_the_ball(feature):
    deltas = torch.stack(ChannelStatistics(eps=0.3).start([feature], random=True))
    assert (deltas - 1).abs().max() <= 0.3
    assert deltas.std() > 0.05


def test_clamp_is_a_relu(feature):
    deltas = torch.full((5,), 0.5), torch.full((5,), 1.5)
    clamped, = ChannelStatistics(clamp=True).apply([feature], *deltas)
    torch.testing.assert_close(clamped, ChannelStatistics().apply([feature], *deltas)[0].relu())
    assert (clamped == 0).any()


def test_eps_must_be_positive():
    with pytest.raises(ValueError, match='eps must be positive, found 0'):
        ChannelStatistics(eps=0)

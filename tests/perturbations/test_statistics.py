import pytest
import torch
from torch.distributions import Normal, kl_divergence

from advbn_seg.perturbations.statistics import channel_mean, divergence, shift_maps, shift_statistics


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


def test_statistics_of_each_image_are_those_of_the_image_alone(feature):
    delta_mean, delta_std = torch.rand(2, 4, 5).unbind()
    shifted = shift_statistics(feature, delta_mean, delta_std)
    for index in range(4):
        alone = shift_statistics(feature[index:index + 1], delta_mean[index], delta_std[index])
        torch.testing.assert_close(shifted[index:index + 1], alone)
    tokens = shift_statistics(feature.flatten(2).transpose(1, 2), delta_mean, delta_std)
    torch.testing.assert_close(tokens.transpose(1, 2).view_as(feature), shifted)


def test_deltas_of_several_maps_lie_side_by_side(feature):
    maps = feature, feature[:, :2, :3]
    for deltas in (torch.rand(2, 7), torch.rand(2, 4, 7)):
        expected = (shift_statistics(maps[0], *deltas[..., :5]), shift_statistics(maps[1], *deltas[..., 5:]))
        torch.testing.assert_close(shift_maps(maps, *deltas), expected)


def test_divergence_is_eq_4_and_5():
    mean_a, var_a, mean_b, var_b = torch.rand(4, 7) + 0.1
    a, b = Normal(mean_a, var_a.sqrt()), Normal(mean_b, var_b.sqrt())
    expected = (kl_divergence(a, b) + kl_divergence(b, a)).mean()
    torch.testing.assert_close(divergence(mean_a, var_a, mean_b, var_b), expected)
    assert divergence(mean_a, var_a, mean_a, var_a).abs() < 1e-6

"""Per-channel feature statistics, their shift and their divergence: Eq. 1, 4, 5 of https://arxiv.org/abs/2009.08965."""
import torch
from torch import Tensor

from ..errors import UserError
from ..network.collectives import is_distributed, sum_over_ranks
from .base import Maps


def channel_dim(feature: Tensor) -> int:
    """Return the channel dimension of a feature map (B, C, H, W) or of a token map (B, N, C).

    Raises:
        UserError: for any other number of dimensions, where there is no map to take statistics over.
    """
    if feature.ndim not in (3, 4):
        raise UserError(f'a feature map (B, C, H, W) or token map (B, N, C) is needed, '
                        f'found a tensor of shape {tuple(feature.shape)}')
    return 1 if feature.ndim == 4 else 2


def num_channels(feature: Tensor) -> int:
    """Return C of a (B, C, H, W) or (B, N, C) map."""
    return feature.shape[channel_dim(feature)]


def channel_mean(feature: Tensor, per_image: bool = False) -> Tensor:
    """Return mu(f), the mean of each channel, in float32 or better.

    Args:
        feature: f, (B, C, H, W) or (B, N, C).
        per_image: over space, (B, C); else over space and the batch, that of all processes together, (C,).

    Example:
        >>> feature = torch.arange(8.).view(2, 2, 1, 2)
        >>> channel_mean(feature), channel_mean(feature, per_image=True)
        (tensor([2.5000, 4.5000]), tensor([[0.5000, 2.5000],
                [4.5000, 6.5000]]))
    """
    kept = {channel_dim(feature), 0} if per_image else {channel_dim(feature)}
    reduced = [dim for dim in range(feature.ndim) if dim not in kept]
    dtype = torch.promote_types(feature.dtype, torch.float32)
    if per_image or not is_distributed():
        return feature.mean(dim=reduced, dtype=dtype)
    sums = feature.sum(dim=reduced, dtype=dtype)
    totals = sum_over_ranks(torch.cat([sums, sums.new_tensor([feature.numel() / len(sums)])]))
    return totals[:-1] / totals[-1]


def shift_statistics(feature: Tensor, delta_mean: Tensor, delta_std: Tensor) -> Tensor:
    """Return Eq. 1: delta_std * (f - mu(f)) + delta_mean * mu(f); the two sigma(f) of the equation cancel out.

    Args:
        feature: f, (B, C, H, W) or (B, N, C).
        delta_mean, delta_std: factors on each channel's mean and standard deviation; 1 changes nothing. (C,) are on
            the statistics of the whole batch, (B, C) on those of each image.

    Returns:
        The shifted feature, of f's shape and dtype.

    Example:
        >>> feature = torch.tensor([[[[1., 3.]]], [[[5., 9.]]]])
        >>> shift_statistics(feature, torch.tensor([[1.], [2.]]), torch.tensor([[0.], [1.]])).flatten(1)
        tensor([[ 2.,  2.],
                [12., 16.]])
    """
    per_image = delta_mean.ndim == 2
    shape = [1] * feature.ndim
    shape[channel_dim(feature)] = -1
    shape[0] = len(feature) if per_image else 1
    offset = (delta_mean - delta_std) * channel_mean(feature, per_image)
    return torch.addcmul(offset.to(feature.dtype).view(shape), feature, delta_std.to(feature.dtype).view(shape))


def shift_maps(maps: Maps, delta_mean: Tensor, delta_std: Tensor) -> Maps:
    """Return Eq. 1 of each map; the last dimension of the deltas goes through the channels of all maps in turn."""
    sizes = [num_channels(feature) for feature in maps]
    return tuple(map(shift_statistics, maps, delta_mean.split(sizes, -1), delta_std.split(sizes, -1)))


def image_statistics(maps: Maps, eps: float = 1e-6) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of each channel of each image, (B, C) each, in float32 or better.

    Args:
        maps: (B, C, H, W) or (B, N, C); C of the result counts the channels of all maps.
        eps: added to the variance, that over H W - 1 positions.

    Example:
        >>> mean, std = image_statistics((torch.tensor([[[[1., 3.]]], [[[5., 5.]]]]),), eps=0)
        >>> mean.flatten(), std.flatten()
        (tensor([2., 5.]), tensor([1.4142, 0.0000]))
    """
    return tuple(torch.cat(each, 1) for each in zip(*(_statistics(feature, eps) for feature in maps)))  # type: ignore


def _statistics(feature: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    dims = [dim for dim in range(1, feature.ndim) if dim != channel_dim(feature)]
    feature = feature.to(torch.promote_types(feature.dtype, torch.float32))
    single = feature[0].numel() == num_channels(feature)  # a map of one position does not deviate
    variance, mean = torch.var_mean(feature, dim=dims, correction=0 if single else 1)
    return mean, (variance + eps).sqrt()


def spread(statistic: Tensor, eps: float = 0.) -> Tensor:
    """Return the standard deviation over the batch of a statistic of images, (B, C) -> (C,); 0 for one image.

    Args:
        statistic: of the images of this process.
        eps: added to the variance, that over B - 1 images.
    """
    return (statistic.var(0, correction=min(1, len(statistic) - 1)) + eps).sqrt()


def divergence(mean_a: Tensor, var_a: Tensor, mean_b: Tensor, var_b: Tensor) -> Tensor:
    """Return Eq. 4 and 5: symmetric KL divergence of two Gaussians per channel, its mean over channels.

    Args:
        mean_a, var_a, mean_b, var_b: of each channel, (C,).

    Returns:
        A scalar tensor; 0 for equal statistics. The logarithms of Eq. 5 cancel out in the sum of Eq. 4.
    """
    gap = (mean_a - mean_b) ** 2
    return ((var_a + gap) / (2 * var_b) + (var_b + gap) / (2 * var_a) - 1).mean()

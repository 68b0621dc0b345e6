"""Per-channel feature statistics and their shift: Eq. 1 of AdvBN (https://arxiv.org/abs/2009.08965)."""
import torch
from torch import Tensor

from ..errors import UserError
from ..network.collectives import is_distributed, sum_over_ranks


def channel_dim(feature: Tensor) -> int:
    """Return the channel dimension of a feature map (B, C, H, W) or of a token map (B, N, C).

    Raises:
        UserError: for any other number of dimensions, where there is no map to take statistics over.

    Example:
        >>> channel_dim(torch.zeros(2, 3, 8, 8)), channel_dim(torch.zeros(2, 64, 3))
        (1, 2)
    """
    if feature.ndim not in (3, 4):
        raise UserError(f'a feature map (B, C, H, W) or token map (B, N, C) is needed, '
                        f'found a tensor of shape {tuple(feature.shape)}')
    return 1 if feature.ndim == 4 else 2


def channel_mean(feature: Tensor, over_ranks: bool = False) -> Tensor:
    """Return mu(f): the mean of each channel over batch and space, (C,), in float32 or float64.

    Args:
        over_ranks: over the batches of all processes of a distributed training.

    Example:
        >>> channel_mean(torch.tensor([[[1., 10.], [3., 30.]]]))  # one image of two tokens of two channels
        tensor([ 2., 20.])
    """
    reduced = [dim for dim in range(feature.ndim) if dim != channel_dim(feature)]
    dtype = torch.promote_types(feature.dtype, torch.float32)
    if not (over_ranks and is_distributed()):
        return feature.mean(dim=reduced, dtype=dtype)
    sums = feature.sum(dim=reduced, dtype=dtype)
    totals = sum_over_ranks(torch.cat([sums, sums.new_tensor([feature.numel() / len(sums)])]))
    return totals[:-1] / totals[-1]


def shift_statistics(feature: Tensor, delta_mean: Tensor, delta_std: Tensor, over_ranks: bool = False) -> Tensor:
    """Return Eq. 1: delta_std * (f - mu(f)) + delta_mean * mu(f); its two sigma(f) cancel out.

    Args:
        feature: f, (B, C, H, W) or (B, N, C).
        delta_mean, delta_std: factors on each channel's mean and standard deviation, (C,); 1 changes nothing.
        over_ranks: see `channel_mean`.

    Returns:
        The shifted feature, of f's shape and dtype.

    Example:
        >>> feature = torch.tensor([[[1., 10.], [3., 30.]]])
        >>> shift_statistics(feature, torch.tensor([1., 1.5]), torch.tensor([2., 1.]))
        tensor([[[ 0., 20.],
                 [ 4., 40.]]])
    """
    shape = [1] * feature.ndim
    shape[channel_dim(feature)] = -1
    offset = (delta_mean - delta_std) * channel_mean(feature, over_ranks)
    return torch.addcmul(offset.to(feature.dtype).view(shape), feature, delta_std.to(feature.dtype).view(shape))

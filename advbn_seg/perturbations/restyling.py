"""Other statistics for each image and channel (AdaIN, https://arxiv.org/abs/1703.06868): what most peers share."""
import torch
from torch import Tensor

from .base import Maps, Perturbation
from .statistics import channel_dim, image_statistics, num_channels


class Restyling(Perturbation):
    """Returns (f - mu) / sigma * std + mean, for each image and channel; a subclass draws mean and std.

    Attributes:
        variance_eps: added to the variance.
        detached: whether mu and sigma count as constants in the gradient.
    """

    variance_eps = 1e-6
    detached = False

    def statistics(self, maps: Maps) -> tuple[Tensor, Tensor]:
        """Return (mu, sigma) of the maps, (B, C) each, where C counts the channels of all maps."""
        mean, std = image_statistics(maps, self.variance_eps)
        return (mean.detach(), std.detach()) if self.detached else (mean, std)

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        """Return the maps with the statistics (mean, std), (B, C) each."""
        mean, std = variables
        own_mean, own_std = self.statistics(maps)
        scale = std / own_std
        offset = mean - scale * own_mean
        sizes = [num_channels(feature) for feature in maps]
        return tuple(map(_affine, maps, scale.split(sizes, 1), offset.split(sizes, 1)))


def _affine(feature: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    shape = [len(feature)] + [1] * (feature.ndim - 1)
    shape[channel_dim(feature)] = -1
    precise = torch.promote_types(feature.dtype, torch.float32)  # offset and scale * f may cancel
    return torch.addcmul(offset.to(precise).view(shape), feature.to(precise), scale.to(precise).view(shape)).to(
        feature.dtype)

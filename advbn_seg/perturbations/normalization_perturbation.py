"""Normalization Perturbation (Fan et al., https://arxiv.org/abs/2211.04393): AdvBN's shift with random deltas."""
import torch
from torch import Tensor

from ..network.collectives import own_rows
from .arguments import positive
from .base import Maps, Perturbation
from .statistics import num_channels, shift_maps


class NormalizationPerturbation(Perturbation):
    """Returns a * (f - mu) + b * mu, a and b normally distributed around 1 for each image and channel.

    In the paper it sits after the stem and after the first stage, in half of the steps, while the whole net trains.

    Args:
        std: standard deviation of a and b.

    Raises:
        UserError: if `std` is not positive.

    Example:
        >>> x = torch.rand(4, 8, 5, 5)
        >>> perturbed, = NormalizationPerturbation(std=0.75)((x,))
        >>> perturbed.shape
        torch.Size([4, 8, 5, 5])
    """

    def __init__(self, std: float = 0.75):
        positive('std', std)
        self.std = std

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (b, a), (B, C) each, where C counts the channels of all maps."""
        channels, device = sum(map(num_channels, maps)), maps[0].device
        noise = own_rows(len(maps[0]), lambda rows: torch.randn((rows, 2, channels), device=device))
        return (1 + self.std * noise).unbind(1)

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        return shift_maps(maps, *variables)

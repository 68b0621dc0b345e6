"""CrossNorm (Tang et al., https://arxiv.org/abs/2102.02811), which without a crop is pAdaIN (Nuriel et al.,
https://arxiv.org/abs/2010.05785): the statistics of images, swapped."""
import math

import torch
from torch import Tensor

from ..errors import UserError
from .base import Maps
from .restyling import Restyling

LEAST_AREA = 0.1  # of a crop, as a share of the map


class CrossNorm(Restyling):
    """Gives each image the statistics of a random other image of the batch.

    They carry no gradient, as in pAdaIN; CrossNorm's own code lets it pass. That of pAdaIN adds its eps to the
    deviation once more. Partners are of the same process; one image alone stays as it is, unless cropped. The authors
    of pAdaIN place it after convolutions, in one of a hundred steps. Those of CrossNorm place it in one random block a
    step, in half of the steps.

    Args:
        crop: take the statistics of a random crop, the same for the whole batch. Its area is uniform between a tenth
            of the map and all of it, with the map's aspect ratio. The authors cut off what reaches over the border,
            which leaves a third of the map in the mean.

    Example:
        >>> x = torch.rand(4, 8, 5, 5)
        >>> perturbed, = CrossNorm(crop=True)((x,))
        >>> perturbed.shape
        torch.Size([4, 8, 5, 5])
    """

    variance_eps = 1e-5

    def __init__(self, crop: bool = False):
        self.crop = crop

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (mean, std), (B, C) each, where C counts the channels of all maps.

        Raises:
            UserError: if a token map (B, N, C) is to be cropped.
        """
        partner = torch.randperm(len(maps[0]), device=maps[0].device)
        if self.crop:
            area, top, left = torch.rand(3).tolist()
            maps = tuple(cropped(feature, LEAST_AREA + (1 - LEAST_AREA) * area, top, left) for feature in maps)
        return tuple(each[partner].detach() for each in self.statistics(maps))


def cropped(feature: Tensor, area: float, top: float, left: float) -> Tensor:
    """Return a part of a (B, C, H, W) map.

    Args:
        area: share of the map, between 0 and 1.
        top, left: place among those that there are, from 0 (first) to below 1 (last).

    Raises:
        UserError: for another map.

    Example:
        >>> cropped(torch.arange(16.).view(1, 1, 4, 4), 0.25, 0.99, 0)
        tensor([[[[ 8.,  9.],
                  [12., 13.]]]])
    """
    if feature.ndim != 4:
        raise UserError(f'crop=True needs a feature map (B, C, H, W), found {tuple(feature.shape)}: leave crop out')
    height, width = (max(1, round(size * math.sqrt(area))) for size in feature.shape[2:])
    y, x = (int(place * (size - side + 1)) for place, size, side in
            zip((top, left), feature.shape[2:], (height, width)))
    return feature[:, :, y:y + height, x:x + width]

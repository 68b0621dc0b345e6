"""NP+ (Fan et al., https://arxiv.org/abs/2211.04393): channels whose mean varies over the batch move more."""
import torch
from torch import Tensor

from .base import Maps
from .normalization_perturbation import NormalizationPerturbation
from .statistics import channel_mean, spread


class NormalizationPerturbationPlus(NormalizationPerturbation):
    """Returns a * (f - mu) + b * mu, where b deviates from 1 by 1.5 * d / max d times what it does in NP.

    d is the standard deviation of mu over the images of this process, and max d its largest over the channels of a map.
    A batch of one, or of images that are alike, keeps its means. The factors and places are those of
    https://github.com/airl-iisc/MRFP: after the stem and the first stage.

    Args:
        std: standard deviation of a, and of b before it is scaled.

    Raises:
        UserError: if `std` is not positive.

    Example:
        >>> x = torch.rand(4, 8, 5, 5)
        >>> perturbed, = NormalizationPerturbationPlus(std=0.75)((x,))
        >>> perturbed.shape
        torch.Size([4, 8, 5, 5])
    """

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (b, a), (B, C) each, where C counts the channels of all maps."""
        b, a = super().draw(maps)
        return 1 + (b - 1) * torch.cat(list(map(sensitivity, maps))), a


def sensitivity(feature: Tensor) -> Tensor:
    """Return 1.5 * d / max d, (C,), without a gradient, which MRFP lets pass."""
    differences = spread(channel_mean(feature.detach(), per_image=True))
    return 1.5 * differences / differences.max().clamp(min=torch.finfo(differences.dtype).tiny)

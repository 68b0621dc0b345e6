"""DSU (Li et al., https://arxiv.org/abs/2202.03958): statistics as uncertain as those of the batch differ."""
import torch
from torch import Tensor

from ..network.collectives import own_rows
from .arguments import positive
from .base import Maps
from .restyling import Restyling
from .statistics import spread


class DistributionUncertainty(Restyling):
    """Adds noise to each image's mean and deviation, of the standard deviation that they have over the batch.

    mean = mu + e factor spread(mu), and std alike with sigma, e ~ N(0, 1) for each image and channel. The batch is that
    of the process; one image alone gets noise of 0.001. The authors place it after the first convolution,
    the max-pooling and each of the four stages of a ResNet. It acts in half of the steps, while the whole net trains.

    Args:
        factor: on the noise.

    Raises:
        UserError: if `factor` is not positive.

    Example:
        >>> x = torch.rand(4, 8, 5, 5)
        >>> perturbed, = DistributionUncertainty()((x,))
        >>> perturbed.shape
        torch.Size([4, 8, 5, 5])
    """

    def __init__(self, factor: float = 1.):
        positive('factor', factor)
        self.factor = factor

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (mean, std), (B, C) each, where C counts the channels of all maps."""
        statistics = self.statistics(maps)
        number, channels = statistics[0].shape
        noise = own_rows(number, lambda rows: torch.randn((rows, 2, channels), device=maps[0].device)).unbind(1)
        return tuple(each + self.factor * error.to(each.dtype) * spread(each, self.variance_eps)
                     for each, error in zip(statistics, noise))

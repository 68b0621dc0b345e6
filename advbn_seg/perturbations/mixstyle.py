"""MixStyle (Zhou et al., https://arxiv.org/abs/2104.02008): the statistics of two images, mixed."""
import torch
from torch import Tensor
from torch.distributions import Beta

from ..network.collectives import own_rows
from .arguments import positive
from .base import Maps
from .restyling import Restyling


class MixStyle(Restyling):
    """Gives each image a mixture of its statistics and those of a random other image of the batch.

    mean = w mu + (1 - w) mu', and std alike, with w ~ Beta(alpha, alpha) for each image; statistics carry no gradient.
    Images are mixed with those of their own process; a batch of one stays as it is. The authors place it after the
    first two residual stages, or the first three, in half of the steps, while the whole net trains.

    Args:
        alpha: of the Beta distribution; small values leave either image's statistics nearly pure. The nets that its
            authors train have 0.1, and the class that they released alone 0.3.

    Raises:
        UserError: if `alpha` is not positive.

    Example:
        >>> x = torch.rand(4, 8, 5, 5)
        >>> perturbed, = MixStyle()((x,))
        >>> perturbed.shape
        torch.Size([4, 8, 5, 5])
    """

    detached = True

    def __init__(self, alpha: float = 0.1):
        positive('alpha', alpha)
        self.alpha = alpha

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (mean, std), (B, C) each, where C counts the channels of all maps."""
        weight, partner = draw_mixing(maps, self.alpha)
        return tuple(torch.lerp(each[partner], each, weight[:, None].to(each.dtype)) for each in self.statistics(maps))


def draw_mixing(maps: Maps, alpha: float) -> tuple[Tensor, Tensor]:
    """Return (weight, partner), (B,) each: the share that each image keeps, and the image that the rest is of."""
    number, device = len(maps[0]), maps[0].device
    beta = Beta(*torch.tensor([alpha, alpha], dtype=torch.float32, device=device))
    return own_rows(number, lambda rows: beta.sample((rows,))), torch.randperm(number, device=device)

"""AdvStyle's adversary (Zhong et al., https://arxiv.org/abs/2207.04892): mean and deviation of an image's colours."""
import math

import torch
from torch import Tensor

from .arguments import positive
from .base import Maps
from .restyling import Restyling


class ImageStatistics(Restyling):
    """Adds shift_mean and shift_std to the mean and the standard deviation of each channel of each image.

    A relative shift, as in `ChannelStatistics`, would leave a mean of 0 where it is, and images are normalised to such.
    AdvStyle takes one gradient step of learning rate 1, without a ball: the larger an image's gradient, the further it
    moves. `AdversarialTraining` takes the sign of the gradient: in one step each number moves by `step_size`.

    Args:
        eps: radius of the ball ||shift||_inf <= eps, in units of the normalised images.

    Raises:
        UserError: if eps is not positive.

    Example:
        >>> images = torch.randn(4, 3, 8, 8)
        >>> shifts = ImageStatistics().draw((images,))
        >>> [shift.shape for shift in shifts]
        [torch.Size([4, 3]), torch.Size([4, 3])]
    """

    starts_at_rest = True

    def __init__(self, eps: float = math.inf):
        if eps != math.inf:
            positive('eps', eps)
        self.eps = eps

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return the first (shift_mean, shift_std), (B, C) of zeros each, where C counts the channels of all maps."""
        return tuple(map(torch.zeros_like, self.statistics(maps)))

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        """Return the maps under (shift_mean, shift_std); no standard deviation goes below 0."""
        mean, std = self.statistics(maps)
        shift_mean, shift_std = variables
        return super().apply(maps, mean + shift_mean, (std + shift_std).clamp(min=0))

    def project(self, variable: Tensor) -> Tensor:
        return variable.clamp(-self.eps, self.eps)

    def summary(self, variables: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return how far the statistics went, in the mean over channels and images."""
        return {name: shift.abs().mean() for name, shift in zip(('shift_mean', 'shift_std'), variables)}

"""An adversary on the statistics of each image, in units of what those of the batch's images deviate by."""
import torch
from torch import Tensor

from ..errors import UserError
from .base import Maps
from .restyling import Restyling
from .statistics import spread


class NaturalStatistics(Restyling):
    """Moves each image's mean by e_mean spread(mu) and its deviation by e_std spread(sigma), |e| <= eps.

    The form is that of DSU (https://arxiv.org/abs/2202.03958, Eq. 4 to 8) with an ascent on e in the place of noise.
    One radius serves channels that style moves much and channels that it hardly moves. The batch is that of the
    process.

    Args:
        eps: radius of the ball ||e||_inf <= eps, in standard deviations over the batch.

    Raises:
        UserError: if `eps` is not positive.

    Example:
        >>> perturbation = NaturalStatistics(eps=2.)
        >>> maps = torch.rand(4, 8, 5, 5),
        >>> unchanged, = perturbation.apply(maps, *perturbation.draw(maps))
        >>> torch.allclose(unchanged, maps[0], atol=1e-5)
        True
    """

    detached = True

    def __init__(self, eps: float = 1.):
        if not eps > 0:
            raise UserError(f'eps must be positive, found {eps}')
        self.eps = eps

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (e_mean, e_std) = 0, (B, C) each, where C counts the channels of all maps."""
        return tuple(torch.zeros_like(each) for each in self.statistics(maps))

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        """Return the maps under (e_mean, e_std); a deviation stays at least a tenth of what it was."""
        mean, std = (own + error.to(own.dtype) * spread(own, self.variance_eps)
                     for own, error in zip(self.statistics(maps), variables))
        return super().apply(maps, mean, torch.maximum(std, 0.1 * self.statistics(maps)[1]))

    def project(self, variable: Tensor) -> Tensor:
        return variable.clamp(-self.eps, self.eps)

    def summary(self, variables: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return how far the statistics went, in standard deviations, in the mean over channels and images."""
        return {name: error.abs().mean() for name, error in zip(('shift_mean', 'shift_std'), variables)}

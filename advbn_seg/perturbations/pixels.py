"""PGD's adversary (https://arxiv.org/abs/1706.06083): what may change in an image."""
from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import UserError
from ..network.collectives import own_rows
from .arguments import positive
from .base import Maps, Perturbation


class Pixels(Perturbation):
    """Adds a delta to every pixel of every image, in units of pixel values.

    Args:
        eps: radius of the ball ||delta||_inf <= eps.
        mean, std: with which pixel values became images, (pixels - mean) / std, per channel.
        max_pixel: perturbed pixels stay between 0 and this.
        random_start: start at uniformly random deltas in the ball instead of at 0.

    Raises:
        UserError: if eps is not positive, or a tenth of the first images' values are no pixels by mean, std and
            max_pixel.
    """

    def __init__(self, eps: float, mean: Sequence[float] = (0.,), std: Sequence[float] = (1.,), max_pixel: float = 255,
                 random_start: bool = False):
        positive('eps', eps)
        self.eps = eps
        self.max_pixel = max_pixel
        self.random_start = random_start
        self._mean = torch.as_tensor(mean, dtype=torch.float32).view(-1, 1, 1)
        self._are_pixels = False
        self._std = torch.as_tensor(std, dtype=torch.float32).view(-1, 1, 1)

    @property
    def starts_at_rest(self) -> bool:  # type: ignore[override]
        return not self.random_start

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return the first deltas, float32 and of the images' shape (B, C, H, W)."""
        images, = maps
        if not self._are_pixels:
            self._check(images)
        if not self.random_start:
            return (torch.zeros(images.shape, device=images.device),)
        return (own_rows(len(images), lambda rows: torch.empty((rows, *images.shape[1:]), device=images.device)
                         .uniform_(-self.eps, self.eps)),)

    def _check(self, images: Tensor) -> None:
        pixels = images * self._std.to(images.device) + self._mean.to(images.device)
        share = ((pixels < -1e-3 * self.max_pixel) | (pixels > 1.001 * self.max_pixel)).float().mean()
        if share > 0.1:  # random erasing may leave a few
            raise UserError(f'{share:.0%} of the values in the images are no pixels between 0 and {self.max_pixel:g} '
                            f'({pixels.min():.3g} to {pixels.max():.3g} were found): give the mean and std that the '
                            'images were normalised with, and max_pixel=1 for pixels between 0 and 1')
        self._are_pixels = True

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        """Return the perturbed images, of the images' shape and dtype."""
        images, = maps
        delta, = variables
        mean, std = self._mean.to(images.device), self._std.to(images.device)
        darkest, brightest = (0 - mean) / std, (self.max_pixel - mean) / std
        return (torch.clamp(images + delta / std, darkest, brightest).to(images.dtype),)

    def fits(self, variables: tuple[Tensor, ...], maps: Maps) -> bool:
        return variables[0].shape == maps[0].shape

    def project(self, variable: Tensor) -> Tensor:
        return variable.clamp(-self.eps, self.eps)

    def summary(self, variables: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return how far the deltas went from 0, in the mean over pixels."""
        return dict(shift_pixels=variables[0].abs().mean())

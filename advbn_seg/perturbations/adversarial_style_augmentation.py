"""ASA (Zhang et al., https://github.com/YBZh/AdvStyle): noise on statistics, of learned adversarial sizes."""
from typing import Any

import torch
from torch import Tensor, nn

from ..network.collectives import own_rows, sum_over_ranks, world_size
from .arguments import positive
from .base import Maps
from .restyling import Restyling
from .statistics import spread


class AdversarialStyleAugmentation(Restyling):
    """Adds noise to each image's mean and deviation whose size for each channel is learned: to raise the loss.

    mean = mu + e scale, and std alike with sigma, e ~ N(0, 1) for each image and channel. In half of the draws the
    scales are the learned ones, whose gradient is reversed, so that the optimiser that trains the net raises the loss
    by them; in the other half they are the spreads of the batch, as in DSU. The first learned scales are the spreads of
    the batch then. The authors place it in two of three steps; their scripts after six layers of a ResNet, and with a
    weight of 10.

    Args:
        channels: C of the layer, over all of its maps.
        weight: on the reversed gradient.
        device: of the scales.

    Attributes:
        scales: of mean and std, (2, C); a parameter for the optimiser.

    Raises:
        UserError: if `weight` is not positive.

    Example:
        >>> x = torch.rand(4, 8, 5, 5)
        >>> perturbed, = AdversarialStyleAugmentation(8)((x,))
        >>> perturbed.shape
        torch.Size([4, 8, 5, 5])
    """

    def __init__(self, channels: int, weight: float = 1., device: torch.device | None = None):
        positive('weight', weight)
        self.weight = weight
        self.scales = nn.Parameter(torch.zeros(2, channels, device=device))
        self.started = False
        self._choice = torch.Generator()

    def seed(self, seed: int) -> None:
        """Seed the choice between learned scales and spreads, which must fall alike in all processes."""
        self._choice.manual_seed(seed)

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (mean, std), (B, C) each, where C counts the channels of all maps."""
        statistics = self.statistics(maps)
        number, channels = statistics[0].shape
        spreads = torch.stack([spread(each, self.variance_eps) for each in statistics])
        if torch.rand((), generator=self._choice) < 0.5:
            if not self.started:
                self.started = True
                self.scales.data.copy_(sum_over_ranks(spreads.detach()) / world_size())
            spreads = _Reversed.apply(self.scales, self.weight)
        noise = own_rows(number, lambda rows: torch.randn((rows, 2, channels), device=maps[0].device)).unbind(1)
        return tuple(each + error.to(each.dtype) * scale.to(each.dtype)
                     for each, error, scale in zip(statistics, noise, spreads))

    def state_dict(self) -> dict[str, Any]:
        gradients = [] if self.scales.grad is None else [self.scales.grad]  # of an accumulation
        return dict(scales=self.scales.detach(), gradients=gradients, started=self.started)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.scales.data.copy_(state['scales'])
        self.scales.grad = next((gradient.to(self.scales) for gradient in state['gradients']), None)
        self.started = state['started']

    def __repr__(self) -> str:
        return f'{type(self).__name__}(channels={self.scales.shape[1]}, weight={self.weight})'


class _Reversed(torch.autograd.Function):
    """A tensor itself, with the gradient of `-weight` times the loss, the mean over processes."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, weight: float) -> Tensor:
        ctx.weight = weight
        return tensor.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.weight * sum_over_ranks(gradient.contiguous()) / world_size(), None

"""AdvBN's adversary (https://arxiv.org/abs/2009.08965, Eq. 1 and 2): the mean and deviation of each channel."""
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..network.collectives import from_first_rank, own_rows, true_on_all_ranks
from .arguments import one_of, positive
from .base import Maps, Perturbation
from .statistics import num_channels, shift_maps


class ChannelStatistics(Perturbation):
    """Scales the mean and the standard deviation of each channel by delta_mean and delta_std.

    Args:
        eps: radius of the ball ||delta - 1||_inf <= eps, as a fraction of the statistic.
        per_image: deltas and statistics of each image, (B, C), instead of one for the batch, (C,), as in the paper. A
            batch norm after the layer takes part of a shift back that all images share, and none of their own.
        random_start: start at uniformly random deltas in the ball instead of at 1.
        clamp: whether a ReLU follows the shift, so that the feature stays in the range of a ReLU's output. None: if
            the first batch that is finite is nowhere negative.

    Raises:
        UserError: if an argument is out of range.

    Example:
        >>> perturbation = ChannelStatistics(eps=0.5, per_image=True)
        >>> delta_mean, delta_std = perturbation.draw((torch.rand(4, 8, 5, 5),))
        >>> delta_mean.shape, perturbation
        (torch.Size([4, 8]), ChannelStatistics(eps=0.5, per_image=True, random_start=False, clamp=True))
    """

    def __init__(self, eps: float = 0.5, per_image: bool = False, random_start: bool = False,
                 clamp: bool | None = None):
        positive('eps', eps)
        for name, value in dict(per_image=per_image, random_start=random_start).items():
            one_of(name, value, (True, False))
        one_of('clamp', clamp, (None, True, False))
        self.eps = eps
        self.per_image = per_image
        self.random_start = random_start
        self.clamp = clamp

    @property
    def shared(self) -> bool:  # type: ignore[override]
        return not self.per_image

    @property
    def starts_at_rest(self) -> bool:  # type: ignore[override]
        return not self.random_start

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return the first (delta_mean, delta_std), (C,) or (B, C) each, where C counts the channels of all maps."""
        self._decide_clamp(maps)
        channels, device = sum(map(num_channels, maps)), maps[0].device
        if self.per_image:
            if not self.random_start:
                return torch.ones((2, len(maps[0]), channels), device=device).unbind()
            noise = own_rows(len(maps[0]), lambda rows: torch.rand((rows, 2, channels), device=device))
            return (1 + self.eps * (2 * noise - 1)).unbind(1)
        deltas = torch.ones((2, channels), device=device)
        if self.random_start:
            deltas = from_first_rank(deltas + self.eps * (2 * torch.rand_like(deltas) - 1))
        return deltas.unbind()

    def _decide_clamp(self, maps: Maps) -> None:
        if self.clamp is None and all(true_on_all_ranks(feature.isfinite().all()) for feature in maps):
            self.clamp = all(true_on_all_ranks((feature >= 0).all()) for feature in maps)

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        """Return the shifted maps under (delta_mean, delta_std)."""
        shifted = shift_maps(maps, *variables)
        return tuple(map(F.relu, shifted)) if self.clamp else shifted

    def fits(self, variables: tuple[Tensor, ...], maps: Maps) -> bool:
        channels = sum(map(num_channels, maps))  # those of a checkpoint may be of another layer
        return variables[0].shape == ((len(maps[0]), channels) if self.per_image else (channels,))

    def project(self, variable: Tensor) -> Tensor:
        return variable.clamp(1 - self.eps, 1 + self.eps)

    def summary(self, variables: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return how far the deltas went from 1, in the mean over channels and images."""
        return {name: (delta - 1).abs().mean() for name, delta in zip(('shift_mean', 'shift_std'), variables)}

    def state_dict(self) -> dict[str, Any]:
        return dict(clamp=self.clamp)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.clamp = state['clamp']

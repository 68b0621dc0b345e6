"""The gradients of a loss with respect to the maps that some layers return."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from .insertion import Perturb, inserted


class MapGradients:
    """Watches layers in one pass, and has the gradients of their maps once its loss has been backpropagated.

        with gradients.watch():
            loss = run()
        loss.backward()
        gradients.found()

    Args:
        layers: modules whose outputs hold maps; the first call of each counts.
        channel_dim: see `feature_maps.maps_of`.
    """

    def __init__(self, layers: Sequence[nn.Module], channel_dim: int = 1):
        self.layers = layers
        self.channel_dim = channel_dim
        self._maps: list[tuple[Tensor, ...]] = [()] * len(layers)

    @contextmanager
    def watch(self) -> Iterator[None]:
        def watching(index: int) -> Perturb:
            def keep(maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
                self._maps[index] = maps
                for feature in maps:
                    feature.requires_grad_().retain_grad()
                return tuple(feature.clone() for feature in maps)  # may be changed in place

            return keep

        with inserted(self.layers, list(map(watching, range(len(self.layers)))), self.channel_dim):
            yield

    def compute(self, loss: Tensor) -> None:
        """Backpropagate a loss to the maps and no further; its graph stays."""
        flat = [feature for maps in self._maps for feature in maps]
        for feature, gradient in zip(flat, torch.autograd.grad(loss, flat, retain_graph=True, allow_unused=True)):
            feature.grad = gradient

    def found(self) -> list[tuple[Tensor, ...]] | None:
        """Return the gradient of each map of each layer, 0 where the loss does not depend on it; None if on no map."""
        flat = [feature.grad for maps in self._maps for feature in maps]
        if all(gradient is None for gradient in flat):
            return None
        return [tuple(torch.zeros_like(feature) if feature.grad is None else feature.grad for feature in maps)
                for maps in self._maps]

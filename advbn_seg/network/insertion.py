"""Changing what layers return, in one training pass: the frame of the random style perturbations."""
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from .annotation import Annotation
from .execution_order import find_layer
from .feature_maps import maps_of

Perturb = Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]


@contextmanager
def inserted(layers: Sequence[nn.Module], perturb: Sequence[Perturb], channel_dim: int = 1):
    """Within this context each layer returns what its function makes of its maps, in the first call of the layer.

    Args:
        layers: modules whose outputs hold maps.
        perturb: one function a layer, from a tuple of maps to one of as many.
        channel_dim: see `feature_maps.maps_of`.
    """
    waiting = dict(zip(layers, perturb))

    def hook(module, args, output):
        function = waiting.pop(module, None)
        if function is None:
            return None
        maps, rebuild = maps_of(output, channel_dim)
        return rebuild(function(maps))

    handles = [layer.register_forward_hook(hook) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class Insertion:
    """Perturbs what some layers of a model return: in training mode only, in a share of the steps.

    One coin a step decides for all layers. The coin has a generator of its own, so that it falls alike in all processes
    of a distributed training, whatever else they draw.

    Args:
        model: any nn.Module.
        layers: paths of the modules to perturb, each of which returns a (B, C, H, W) or (B, N, C) map or several.
        perturb: from a tuple of maps to one of as many, such as `perturbation` of any in `perturbations`.
        probability: of a step to be perturbed.
        seed: of the coin.
        channel_dim: where 4-d maps have their channels: 1, or -1 for (B, H, W, C).
        description: what `print(model)` shows beside each layer.

    Raises:
        UserError: if the probability is not one, or there is no such layer.

    Example:
        >>> model = nn.Sequential(nn.Identity(), nn.Flatten())
        >>> insertion = Insertion(model, ['0'], lambda maps: tuple(2 * each for each in maps), probability=1)
        >>> x = torch.ones(1, 1, 1, 2)
        >>> model(x), model.eval()(x)
        (tensor([[2., 2.]]), tensor([[1., 1.]]))
    """

    def __init__(self, model: nn.Module, layers: Sequence[str], perturb: Perturb, probability: float = 0.5,
                 seed: int = 0, channel_dim: int = 1, description: str = 'perturbed'):
        if not 0 < probability <= 1:
            raise UserError(f'probability must be above 0 and at most 1, found {probability}')
        self.layers = [find_layer(model, name) for name in layers]
        self.perturb = perturb
        self.probability = probability
        self.channel_dim = channel_dim
        self._coin = torch.Generator()
        self.seed(seed)
        self._step: Any = None  # the context of a perturbed step
        self._handles = [model.register_forward_pre_hook(self._begin),
                         model.register_forward_hook(self._end, always_call=True)]
        self._annotations = [Annotation(layer, description) for layer in self.layers]

    def seed(self, seed: int) -> None:
        """Seed the coin anew; the same seed before a step gives the same decision, which makes resuming exact."""
        self._coin.manual_seed(seed)

    def _begin(self, model, args):
        if model.training and torch.rand((), generator=self._coin) < self.probability:
            self._step = inserted(self.layers, [self.perturb] * len(self.layers), self.channel_dim)
            self._step.__enter__()

    def _end(self, model, args, output):
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None

    def remove(self) -> None:
        """Let the layers return what they compute."""
        for handle in [*self._handles, *self._annotations]:
            handle.remove()

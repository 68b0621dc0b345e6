"""Which call of a layer counts: the first, which must not be one for pseudo-labels."""
from collections.abc import Mapping

import torch
from torch import nn

from ..errors import UserError


class FirstCalls:
    """Sees that no layer runs first without gradients, and then with them, in one pass of a model.

    A layer that runs without gradients alone, in a backbone under `no_grad`, may be perturbed.

    Args:
        layers: {layer: its path}.
    """

    def __init__(self, layers: Mapping[nn.Module, str]):
        self._layers = layers
        self._silent: set[nn.Module] = set()

    def see(self, module: nn.Module) -> None:
        """Take note of a call.

        Raises:
            UserError: naming the layer.
        """
        if module not in self._layers:
            return
        if not torch.is_grad_enabled():
            self._silent.add(module)
        elif module in self._silent:
            raise UserError(f'layer {self._layers[module]!r} runs without gradients first, as for pseudo-labels, and '
                            'that call would be perturbed in the place of the one that trains: run such passes before '
                            'the step, or in another module')

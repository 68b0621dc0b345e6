"""Consistency between the predictions for clean and for perturbed features: Jensen-Shannon divergence."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..network.execution_order import find_layer
from ..perturbations.arguments import positive


class Consistency:
    """A loss that is 0 where both passes of a step predict the same.

    SHADE (https://arxiv.org/abs/2204.01446) and AugMix (https://arxiv.org/abs/1912.02781) add one to their losses.

    Args:
        model: whose predictions are compared.
        layer: path of the module that returns logits, (B, K, ...).
        weight: of the loss.

    Raises:
        UserError: if the weight is not positive, or there is no such module.
    """

    def __init__(self, model: nn.Module, layer: str, weight: float):
        positive('consistency weight', weight)
        self.name, self.weight = layer, weight
        self._layer = find_layer(model, layer)

    @contextmanager
    def watch(self) -> Iterator[list[Tensor]]:
        """Give a list of the logits that the layer returns within this context."""
        found: list[Tensor] = []
        handle = self._layer.register_forward_hook(lambda module, arguments, output: found.append(output))
        try:
            yield found
        finally:
            handle.remove()

    def __call__(self, clean: list[Tensor], perturbed: list[Tensor]) -> Tensor:
        """Return the weighted divergence of two passes, in the mean over all but the channels.

        Raises:
            UserError: if the layer ran in neither pass, or not alike in both.
        """
        if not clean or [each.shape for each in clean] != [each.shape for each in perturbed]:
            raise UserError(f'consistency needs logits of both passes from layer {self.name!r}: name the module that '
                            'returns them, such as decode_head.conv_seg')
        return self.weight * sum(map(jensen_shannon, clean, perturbed)) / len(clean)


def jensen_shannon(first: Tensor, second: Tensor) -> Tensor:
    """Return the mean divergence of two maps of logits, (B, K, ...) each, in nats: between 0 and log 2.

    Example:
        >>> logits = torch.tensor([[50., 0.]])
        >>> jensen_shannon(logits, logits), jensen_shannon(logits, -logits)
        (tensor(0.), tensor(0.6931))
    """
    logs = [logits.float().log_softmax(1) for logits in (first, second)]
    middle = torch.logaddexp(*logs) - torch.log(torch.tensor(2.))
    return sum((log.exp() * (log - middle)).sum(1).mean() for log in logs) / 2  # type: ignore[return-value]

"""What a closure returns: a scalar loss, or the dict of losses that mmengine's models return."""
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError


def total(losses: Tensor | dict[str, Any]) -> Tensor:
    """Return the scalar to raise: a tensor itself, or the sum of a loss dict's entries with 'loss' in their key.

    Raises:
        UserError: if there is no scalar to be had.

    Example:
        >>> total(dict(loss_ce=torch.tensor([1., 3.]), loss_aux=[torch.tensor(1.)], acc=torch.tensor(50.)))
        tensor(3.)
    """
    if torch.is_tensor(losses):
        if losses.ndim:
            raise UserError(f'the closure must return a scalar loss, found a tensor of shape {tuple(losses.shape)}: '
                            'take its mean')
        return losses
    if not isinstance(losses, dict):
        raise UserError(f'the closure must return a scalar loss or a dict of losses, found a {type(losses).__name__}')
    found = {name: list(value) if isinstance(value, (list, tuple)) else [value]
             for name, value in losses.items() if 'loss' in name}
    if not found:
        raise UserError(f"the closure's dict has no key with 'loss' in it, found {', '.join(losses) or 'no keys'}")
    for name, items in found.items():
        for item in items:
            if not torch.is_tensor(item):
                raise UserError(f"the closure's dict has a {type(item).__name__} in '{name}', where a tensor was "
                                'expected: return the losses alone, or the tensor to train on')
    summed: Any = sum(item.mean() for items in found.values() for item in items)
    return summed


def tensors_of(losses: Tensor | dict[str, Any]) -> list[Tensor]:
    """Return the tensors in what a closure returned: a tensor, or those of a dict and of the lists in it."""
    values = [losses] if torch.is_tensor(losses) else losses.values()
    several = [value if isinstance(value, (list, tuple)) else [value] for value in values]
    return [value for each in several for value in each if torch.is_tensor(value)]


def detached(losses: Tensor | dict[str, Any], zero: Tensor | float) -> Tensor | dict[str, Any]:
    """Return the same kind of losses without their graph, plus `zero`; entries that are no tensors stay."""
    if torch.is_tensor(losses):
        return losses.detach() + zero
    return {name: [each.detach() if torch.is_tensor(each) else each for each in value]
            if isinstance(value, (list, tuple)) else
            value.detach() + zero if torch.is_tensor(value) else value for name, value in losses.items()}

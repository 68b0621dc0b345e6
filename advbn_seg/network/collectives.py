"""Sums over the processes of a distributed training; with one process they cost nothing."""
import torch
from torch import Tensor, distributed
from torch.distributed.nn.functional import all_reduce as differentiable_all_reduce


def is_distributed() -> bool:
    """Return whether this process is one of several."""
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


def sum_over_ranks(tensor: Tensor) -> Tensor:
    """Return the tensor's sum over all processes, of its shape; the gradient passes where the tensor has one.

    Example:
        >>> sum_over_ranks(torch.tensor([1., 2.]))  # one process
        tensor([1., 2.])
    """
    if not is_distributed():
        return tensor
    if tensor.requires_grad:
        return differentiable_all_reduce(tensor)
    tensor = tensor.clone()
    distributed.all_reduce(tensor)
    return tensor


def from_first_rank(tensor: Tensor) -> Tensor:
    """Return the first process's tensor in all processes; the others' tensors are overwritten."""
    if is_distributed():
        distributed.broadcast(tensor, src=0)
    return tensor


def true_on_all_ranks(condition: Tensor) -> bool:
    """Return whether a condition, a bool tensor without dimensions, holds in all processes; waits for the device.

    Example:
        >>> true_on_all_ranks(torch.tensor(3.).isfinite())
        True
    """
    return bool(sum_over_ranks((~condition).to(torch.float32)) == 0)

"""What the processes of a distributed training tell each other; with one process it costs nothing."""
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, distributed, nn


def is_distributed() -> bool:
    """Return whether this process is one of several."""
    return world_size() > 1


def has_process_group() -> bool:
    """Return whether a training in several processes was set up, of one process or more."""
    return distributed.is_available() and distributed.is_initialized()


def world_size() -> int:
    """Return the number of processes."""
    return distributed.get_world_size() if has_process_group() else 1


def sum_over_ranks(tensor: Tensor) -> Tensor:
    """Return the tensor's sum over all processes; the gradient passes where the tensor has one."""
    if not is_distributed():
        return tensor
    if tensor.requires_grad:
        return DifferentiableSum.apply(tensor)
    tensor = tensor.clone()
    distributed.all_reduce(tensor)
    return tensor


class DifferentiableSum(torch.autograd.Function):
    """The sum over all processes; its gradient is that of the sum of all their losses."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return DifferentiableSum.apply(gradient.contiguous())


def from_first_rank(tensor: Tensor) -> Tensor:
    """Return the first process's tensor, in all of them."""
    if is_distributed():
        distributed.broadcast(tensor, src=0)
    return tensor


def own_rows(number: int, draw: Callable[[int], Tensor]) -> Tensor:
    """Return this process's rows of what `draw(rows)` gives for the images of all processes.

    Image i of process r is image i * world_size + r of the whole batch. Processes whose random generators are alike
    thus draw for each image what one process would draw for the image.

    Args:
        number: images of this process, the same in all of them.
        draw: returns a tensor with so many rows.
    """
    rank = distributed.get_rank() if is_distributed() else 0
    return draw(number * world_size())[rank::world_size()]


def true_on_all_ranks(condition: Tensor) -> bool:
    """Return whether a condition, a bool tensor without dimensions, holds in all processes; wait for the device."""
    return bool(sum_over_ranks((~condition).to(torch.float32)) == 0)


def zero_of(modules: Iterable[nn.Module]) -> Tensor | float:
    """Return 0; where there is a process group, one that has a gradient for each parameter of the modules.

    DistributedDataParallel waits for a gradient of each parameter in each backward pass, also where its process is the
    only one. FSDP does not, and its parameters are DTensors, which are left out.
    """
    if not has_process_group():
        return 0.
    return 0. * sum(parameter.sum() for module in modules for parameter in module.parameters()
                    if not hasattr(parameter, 'to_local'))

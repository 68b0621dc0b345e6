"""Sums over the processes of a distributed training; with one process they cost nothing."""
import torch
from torch import distributed


def several():
    """Whether this process is one of several."""
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


def sum_over_ranks(tensor):
    """The tensor's sum over all processes; the gradient passes where the tensor has one."""
    if not several():
        return tensor
    if tensor.requires_grad:
        return DifferentiableSum.apply(tensor)
    tensor = tensor.clone()
    distributed.all_reduce(tensor)
    return tensor


class DifferentiableSum(torch.autograd.Function):
    """The sum over all processes; its gradient is that of the sum of all their losses."""

    @staticmethod
    def forward(ctx, tensor):
        total = tensor.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, gradient):
        return DifferentiableSum.apply(gradient.contiguous())


def from_first_rank(tensor):
    """The first process's tensor, in all of them."""
    if several():
        distributed.broadcast(tensor, src=0)
    return tensor


def true_on_all_ranks(condition):
    """Whether a condition, a bool tensor without dimensions, holds in all processes; waits for the device."""
    return bool(sum_over_ranks((~condition).to(torch.float32)) == 0)

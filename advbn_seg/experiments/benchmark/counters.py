"""Counts of a step: seconds, operations, bytes of tensors, seconds by kind of operation."""
import time
import weakref
from functools import partial

import torch
from torch.autograd import DeviceType
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

KINDS = {  # kind of operation: what its name contains; the first that fits
    'convolutions, backward': 'convolution_backward', 'convolutions': 'conv', 'norms': 'norm', 'rest': ''}


def seconds(step, device):
    wait = partial(torch.cuda.synchronize, device) if device.startswith('cuda') else lambda: None
    wait()
    start = time.perf_counter()
    step()
    wait()
    return (time.perf_counter() - start) / step.period


def counted_operations():
    """Return a context that counts operations, a multiplication and an addition as two: its `get_total_flops()`."""
    return FlopCounterMode(display=False, custom_mapping={
        torch.ops.aten.convolution_backward: convolution_backward_operations})


def convolution_backward_operations(grad_out, x, weight, bias, stride, padding, dilation, transposed, output_padding,
                                    groups, output_mask, out_shape=None):
    """Return the operations of `aten.convolution_backward` for its shapes: for each gradient those of the forward pass.

    torch 2.14 counts the gradient of a grouped convolution's weight as if it had one group: for a network of depthwise
    convolutions forty times the operations of its forward pass.
    """
    return (output_mask[0] + output_mask[1]) * conv_flop_count(x, weight, grad_out, transposed)


class LiveBytes(TorchDispatchMode):
    """A context that counts the bytes of the tensors made within it and still alive, and their peak."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self.seen = weakref.WeakSet()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        given = {leaf.untyped_storage() for leaf in tree_leaves((args, kwargs)) if torch.is_tensor(leaf)}
        for storage in {leaf.untyped_storage() for leaf in tree_leaves(made) if torch.is_tensor(leaf)} - given:
            if storage not in self.seen:
                self.seen.add(storage)
                self.now += storage.nbytes()
                weakref.finalize(storage, self._gone, storage.nbytes())
        self.peak = max(self.peak, self.now)
        return made

    def _gone(self, size):
        self.now -= size


def peak_memory(step, device):
    """Return the bytes of tensors at the worst moment of a step."""
    if device.startswith('cuda'):
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        step()
        return torch.cuda.max_memory_allocated(device) - before
    with LiveBytes() as live:
        step()
    return live.peak


def profile(step, device):
    """Return the seconds of a step by kind of operation."""
    with torch.profiler.profile() as profiler:
        step()
    kinds = dict.fromkeys(KINDS, 0.)
    where = 'device' if device.startswith('cuda') else 'cpu'
    for event in profiler.key_averages():
        if event.device_type == DeviceType.CPU:  # which has the time of its kernels too
            kind = next(kind for kind, name in KINDS.items() if name in event.key)
            kinds[kind] += getattr(event, f'self_{where}_time_total') / 1e6 / step.period
    return kinds

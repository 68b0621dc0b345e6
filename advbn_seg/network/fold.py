"""Norms in eval mode folded into the convolutions before them, while the ascent calls them again and again."""
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_weights

from .dual_norm import DualNorm
from .patched_forward import overridden

Call = tuple[Any, Node | None]  # a module, and a node of the autograd graph


def is_plain(module: nn.Module, forward: Callable[..., Any]) -> bool:
    """Return whether a module computes nothing but `forward`, a method of its class in torch.nn."""
    return getattr(type(module), 'forward', None) is forward and not hasattr(module, 'parametrizations')


def running_norm(module: nn.Module) -> Any:
    """Return the norm that a module of the model runs now: itself, or the branch of a DualNorm."""
    return getattr(module, module.branch) if isinstance(module, DualNorm) else module


def can_fold(norm: nn.Module) -> bool:
    norm = running_norm(norm)
    plain = is_plain(norm, _BatchNorm.forward) or is_plain(norm, nn.SyncBatchNorm.forward)
    return plain and norm.running_mean is not None


class Folding:
    """Finds, in one forward pass, the convolutions whose output goes through a batch norm and nowhere else.

        with folding.watch(modules):
            loss = run()
        folding.find(loss)
        with folding.folded():
            run()               # the same in eval mode, without the norms

    Attributes:
        pairs: (convolution, norm) pairs; None before `find`.
    """

    def __init__(self) -> None:
        self.pairs: list[tuple[nn.Conv2d, nn.Module]] | None = None
        self._outputs: list[Call] = []  # (convolution, grad_fn of what it returned)
        self._inputs: list[Call] = []  # (norm, grad_fn of what it was given)

    @contextmanager
    def watch(self, modules: set[nn.Module]) -> Iterator[None]:
        """Watch the convolutions and norms in a set of modules in the forward pass within this context."""
        def returned(module: nn.Module, args: Any, output: Tensor) -> None:
            self._outputs.append((module, output.grad_fn))

        def given(module: nn.Module, args: Any) -> None:
            self._inputs.append((module, args[0].grad_fn))

        branches = {norm for module in modules if isinstance(module, DualNorm) for norm in module.children()}
        handles = [module.register_forward_hook(returned) for module in modules if is_plain(module, nn.Conv2d.forward)]
        handles += [module.register_forward_pre_hook(given) for module in modules - branches if can_fold(module)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def find(self, loss: Tensor) -> None:
        """Fill `pairs` from the watched pass and the graph of the loss that it returned."""
        uses = count_uses(loss)
        norms = {node: norm for norm, node in once(self._inputs) if node and uses.get(node) == 1}
        self.pairs = [(conv, norms[node]) for conv, node in once(self._outputs) if node in norms]
        self._outputs, self._inputs = [], []

    @contextmanager
    def folded(self) -> Iterator[None]:
        """Have the convolutions do the work of their norms within this context.

        That is in eval mode, without gradients for their weights, and under autocast in its dtype.
        """
        with ExitStack() as stack:
            for conv, norm in self.pairs or ():
                weight, bias = folded_weights(conv, running_norm(norm))
                stack.enter_context(overridden(conv, convolving(conv, weight, bias)))
                stack.enter_context(overridden(norm, lambda feature: feature))
            yield


def once(calls: list[Call]) -> list[Call]:
    """Return the (module, node) of modules that were called once."""
    modules = [module for module, _ in calls]
    return [(module, node) for module, node in calls if modules.count(module) == 1]


def count_uses(loss: Tensor) -> dict[Node, int]:
    """Return how many nodes of the autograd graph take the result of each of its nodes."""
    uses: dict[Node, int] = {}
    waiting = [loss.grad_fn] if loss.grad_fn else []
    while waiting:
        for node, _ in waiting.pop().next_functions:
            if node is not None:
                uses[node] = uses.get(node, 0) + 1
                if uses[node] == 1:
                    waiting.append(node)
    return uses


@torch.no_grad()
def folded_weights(conv: nn.Conv2d, norm: Any) -> tuple[Tensor, Tensor]:
    weight, bias = fuse_conv_bn_weights(conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps,
                                        norm.weight, norm.bias)
    device = weight.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else weight.dtype
    return weight.detach().to(dtype), bias.detach().to(dtype)


def convolving(conv: nn.Conv2d, weight: Tensor, bias: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda feature: conv._conv_forward(feature, weight, bias)

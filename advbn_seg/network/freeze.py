"""Holding part of a model still while the rest trains."""
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from .dual_norm import DualNorm, is_norm
from .execution_order import has_own_parameters


def behaves_differently_in_training(module: nn.Module) -> bool:
    """Return True for norms, also of one's own, dropout, RReLU and stochastic depth.

    DropPath, DropBlock and norms outside of torch have no common base class: names and running statistics tell.
    """
    name = type(module).__name__.lower()
    return (is_norm(module) or isinstance(module, (DualNorm, _DropoutNd, nn.MultiheadAttention, nn.RReLU))
            or 'drop' in name or name == 'stochasticdepth' or keeps_running_statistics(module))


def keeps_running_statistics(module: nn.Module) -> bool:
    """Return whether a module has buffers of its own that are called as those of a batch norm."""
    return any(name.startswith('running_') for name, _ in module.named_buffers(recurse=False))


def is_inert(module: nn.Module) -> bool:
    """Return whether a module is dropout or stochastic depth with a rate of 0."""
    rates = [getattr(module, name) for name in ('p', 'drop_prob', 'dropout') if hasattr(module, name)]
    return bool(rates) and all(rate == 0 for rate in rates)


def _stay_in_eval_mode(module: nn.Module, args: Any) -> None:
    if module.training:
        module.eval()


class FrozenModules:
    """Freeze modules: no gradients for their parameters; norms and dropout in eval mode, also after `model.train()`.

    Args:
        modules: the modules to freeze; not their children, unless listed too.

    Attributes:
        modules: those of them that have parameters of their own.

    Example:
        >>> model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 2))
        >>> frozen = FrozenModules(model[:2])
        >>> [parameter.requires_grad for parameter in model.parameters()]
        [False, False, False, False, True, True]
        >>> frozen.remove()
        >>> all(parameter.requires_grad for parameter in model.parameters())
        True
    """

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        modules = list(modules)
        self.modules = [module for module in modules if has_own_parameters(module)]
        self._owners = [(module, name) for module in modules for name, parameter in
                        module.named_parameters(recurse=False) if parameter.requires_grad]
        for parameter in self.parameters:
            parameter.requires_grad_(False)
            parameter.grad = None  # an optimiser steps on a stale gradient, and skips a missing one
        awake = any(module.training for module in modules)  # else the whole model is in eval mode
        inside = set(modules)  # what is around modules that train goes by their mode, though it be a RaindropNet
        self._modes = {module: module.training or not awake for module in modules
                       if behaves_differently_in_training(module) and inside.issuperset(module.modules())}
        self._handles = [module.register_forward_pre_hook(_stay_in_eval_mode) for module in self._modes]

    @property
    def parameters(self) -> list[nn.Parameter]:
        """Those that were to train and now are not; `load_state_dict(assign=True)` puts others in their places."""
        return [getattr(module, name) for module, name in self._owners]

    def remove(self, training: bool = True) -> None:
        """Let the modules train again.

        Args:
            training: whether their model is in training mode; those that it had in eval mode even then stay so.
        """
        for parameter in self.parameters:
            parameter.requires_grad_(True)
        for handle in self._handles:
            handle.remove()
        for module, mode in self._modes.items():
            module.training = mode and training


@contextmanager
def eval_mode(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Keep the modules in eval mode within this context; not their children, unless listed too."""
    training = [module for module in modules if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def buffers_put_back(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Put the buffers of their own back that the modules change within this context."""
    before = [(module, name, buffer, buffer.clone()) for module in modules
              for name, buffer in module.named_buffers(recurse=False)]
    try:
        yield
    finally:
        for module, name, buffer, value in before:
            module._buffers[name] = buffer  # a pass may have put another in its place
            if not _is_expanded(buffer):  # in which nothing can be changed
                buffer.data.copy_(value)  # unseen by autograd, for which another graph may keep the buffer


def _is_expanded(tensor: Tensor) -> bool:
    return any(size > 1 and stride == 0 for size, stride in zip(tensor.shape, tensor.stride()))


@contextmanager
def without_gradients(parameters: Iterable[nn.Parameter]) -> Iterator[None]:
    """Keep nothing for the gradients of these parameters within this context."""
    parameters = [parameter for parameter in parameters if parameter.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)

"""Holding part of a model still while the rest trains."""
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from .dual_norm import is_norm
from .execution_order import has_own_parameters


def behaves_differently_in_training(module):
    """True for norms, dropout and stochastic depth (DropPath, DropBlock ... have no common base class)."""
    name = type(module).__name__.lower()
    return (is_norm(module) or isinstance(module, (_DropoutNd, nn.MultiheadAttention))
            or 'drop' in name or name == 'stochasticdepth')


def _stay_in_eval_mode(module, args):
    if module.training:
        module.eval()


class FrozenModules:
    """Freezes modules: no gradients for their parameters; norms and dropout in eval mode, also after `model.train()`.

    Args:
        modules: the modules to freeze; not their children, unless listed too.

    Attributes:
        modules: those of them that have parameters of their own.
    """

    def __init__(self, modules):
        modules = list(modules)
        self.modules = [module for module in modules if has_own_parameters(module)]
        parameters = (parameter for module in modules for parameter in module.parameters(recurse=False))
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        for parameter in self.parameters:
            parameter.requires_grad_(False)
            parameter.grad = None  # an optimiser steps on a stale gradient, and skips a missing one
        self._modes = {module: module.training for module in modules if behaves_differently_in_training(module)}
        self._handles = [module.register_forward_pre_hook(_stay_in_eval_mode) for module in self._modes]

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
def eval_mode(modules):
    """Within this context the modules are in eval mode."""
    training = [module for module in modules if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def without_gradients(parameters):
    """Within this context nothing is kept for the gradients of these parameters."""
    parameters = [parameter for parameter in parameters if parameter.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)

"""Calling something else in the place of a module's forward, for a while."""
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

from torch import nn


class Replacement:
    """A function in the place of a module's forward; a copy of the module, such as a pickle, has what was there."""

    def __init__(self, module: nn.Module, forward: Callable[..., Any]):
        self.module = module
        self.forward = forward
        self.own = module.__dict__.get('forward')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def __reduce__(self) -> tuple:
        return own_forward, (self.module, self.own)


def own_forward(module: nn.Module, own: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return the forward of a module: its own, or that of its class."""
    return own or MethodType(type(module).forward, module)


@contextmanager
def overridden(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """Run `forward` in the place of the module's own within this context.

    Example:
        >>> import torch
        >>> relu = nn.ReLU()
        >>> with overridden(relu, lambda x: x - 1):
        ...     relu(torch.tensor(-2.))
        tensor(-3.)
        >>> relu(torch.tensor(-2.))
        tensor(0.)
    """
    replacement = Replacement(module, forward)
    module.forward = replacement
    try:
        yield
    finally:
        if replacement.own is None:
            del module.forward
        else:
            module.forward = replacement.own

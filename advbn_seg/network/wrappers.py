"""What torch wraps around a model: torch.compile, and the ways to train in several processes."""
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

from ..errors import UserError

T = TypeVar('T')

# By name, as importing FSDP takes seconds.
PARALLEL = ('DataParallel', 'DistributedDataParallel', 'FullyShardedDataParallel', 'FSDPModule')


def uncompiled(model: nn.Module) -> nn.Module:
    """Return the module that torch.compile has wrapped, or the module itself."""
    return getattr(model, '_orig_mod', model)


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model without torch.compile's wrapper, where it has no other.

    Raises:
        UserError: if there is no model, or if the model or a part of it is wrapped for several processes. The wrapper
            looks after the gradients already, and would miss parameters that are added or frozen from now on.
    """
    if not isinstance(model, nn.Module):
        raise UserError(f'a model is a torch.nn.Module, found a {type(model).__name__}')
    for module in model.modules():
        for base in type(module).__mro__:
            if base.__name__ in PARALLEL:
                raise UserError(f'the model is wrapped already ({base.__name__}), which would miss the auxiliary norms '
                                'and the frozen parameters: attach to the plain model first, then wrap it')
    return uncompiled(model)


def eagerly(function: Callable[[], T]) -> T:
    """Return what `function()` returns, with everything that torch.compile has compiled in it run as plain Python.

    A compiled forward pass has been traced with the modules and norms of one moment, and would be traced anew for each
    other. A step switches them in each of its passes.
    """
    def run() -> T:
        with torch.compiler.set_stance('force_eager'):
            return function()

    return torch.compiler.disable(run)()  # also where the step itself is compiled

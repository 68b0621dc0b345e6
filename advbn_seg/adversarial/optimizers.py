"""Optimisers and auxiliary norms: these join one that was made before them, and are seen to be trained."""
from collections.abc import Sequence
from weakref import WeakMethod, finalize

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from ..errors import UserError
from ..network.dual_norm import DualNorm


def add_auxiliary_parameters(optimizer: torch.optim.Optimizer, norms: Sequence[DualNorm], model: nn.Module) -> None:
    """Add each auxiliary parameter to the parameter group of its main norm, where it is in none yet.

    A group of their own would be one more than the optimiser's schedulers have learning rates for.
    """
    names = {parameter: name for name, parameter in model.named_parameters()}
    trained = {parameter for group in optimizer.param_groups for parameter in group['params']}
    for group in optimizer.param_groups:
        members = set(group['params'])
        new = [aux for norm in norms for main, aux in zip(norm.main.parameters(), norm.aux.parameters())
               if main in members and aux not in trained]
        if group.get('fused'):
            _fill_momentum(optimizer, group['params'], new)
        group['params'] += new
        if 'param_names' in group:
            group['param_names'] += [names[parameter] for parameter in new]


def _fill_momentum(optimizer: torch.optim.Optimizer, members: list[nn.Parameter], new: list[nn.Parameter]) -> None:
    # Fused SGD wants the momentum of all members or of none. From 0 the first step is the one without momentum.
    states = [optimizer.state[each] for each in members if each in optimizer.state]
    if any(state.get('momentum_buffer') is not None for state in states):
        for parameter in new:
            optimizer.state[parameter]['momentum_buffer'] = torch.zeros_like(parameter)


class OptimizerCheck:
    """Sees that an optimiser which steps on a main norm steps on its auxiliary norm too, where that holds a gradient.

    Args:
        model: with DualNorms.
    """

    def __init__(self, model: nn.Module):
        self._pairs = [(name, main, aux) for name, norm in model.named_modules() if isinstance(norm, DualNorm)
                       for main, aux in zip(norm.main.parameters(), norm.aux.parameters()) if aux.requires_grad]
        self._due: set[nn.Parameter] = set()  # auxiliary ones, since the last look
        self._trained: set[nn.Parameter] = set()
        see = WeakMethod(self._see)
        handle = register_optimizer_step_post_hook(
            lambda optimizer, args, kwargs: seen(optimizer) if (seen := see()) else None)
        self.stop = finalize(self, handle.remove)

    def _see(self, optimizer: torch.optim.Optimizer) -> None:
        stepped = {parameter for group in optimizer.param_groups for parameter in group['params']
                   if parameter.grad is not None}
        self._due.update(aux for _, main, aux in self._pairs if main in stepped and aux.grad is not None)
        self._trained |= stepped

    def __call__(self) -> None:
        """Look at what optimisers have done since the last call; to be called before each step.

        Raises:
            UserError: if an optimiser steps on a main norm and not on its auxiliary norm.
        """
        missed = [name for name, _, aux in self._pairs if aux in self._due - self._trained]
        self._pairs = [pair for pair in self._pairs if pair[2] not in self._due & self._trained]
        self._due, self._trained = set(), set()
        if not self._pairs:
            self.stop()
        if missed:
            names = [*dict.fromkeys(missed)]
            raise UserError(f'the optimiser does not train the auxiliary norms of {", ".join(names[:4])}'
                            f'{" ..." if len(names) > 4 else ""}: make it after AdvBN, or give it to '
                            'add_auxiliary_norms_to(optimizer)')

"""Optimisers and auxiliary norms: these join one that was made before them, and are seen to be trained."""
from collections.abc import Sequence

import torch
from torch import nn

from ..errors import UserError
from ..network.dual_norm import DualNorm


def add_auxiliary_parameters(optimizer: torch.optim.Optimizer, norms: Sequence[DualNorm], model: nn.Module) -> None:
    """Add each auxiliary parameter to the parameter group of its main norm, where it is in none yet.

    A group of their own would be one more than the optimiser's schedulers have learning rates for.
    """
    names = {parameter: name for name, parameter in model.named_parameters()}
    for group in optimizer.param_groups:
        members = set(group['params'])
        new = [aux for norm in norms for main, aux in zip(norm.main.parameters(), norm.aux.parameters())
               if main in members and aux not in members]
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
    """Sees that an optimiser which moves a main norm moves its auxiliary norm too, where that holds a gradient.

    Args:
        model: with DualNorms.
    """

    def __init__(self, model: nn.Module):
        self._pairs = [_Pair(name, main, aux)
                       for name, norm in model.named_modules() if isinstance(norm, DualNorm)
                       for main, aux in zip(norm.main.parameters(), norm.aux.parameters()) if aux.requires_grad]

    def __call__(self) -> None:
        """Look at the parameters; to be called before each step.

        Raises:
            UserError: if an optimiser steps on a main norm and not on its auxiliary norm.
        """
        for pair in self._pairs:
            pair.look()
        if missed := [pair for pair in self._pairs if pair.is_missed]:
            for pair in missed:  # whoever mends it may go on
                pair.is_missed = False
            names = [*dict.fromkeys(pair.name for pair in missed)]
            raise UserError(f'the optimiser does not train the auxiliary norms of {", ".join(names[:4])}'
                            f'{" ..." if len(names) > 4 else ""}: make it after AdvBN, or give it to '
                            'add_auxiliary_norms_to(optimizer)')
        self._pairs = [pair for pair in self._pairs if pair.is_watched]

    def stop(self) -> None:
        """Watch the parameters no longer."""
        for pair in self._pairs:
            pair.stop()


class _Pair:
    """A parameter of a main norm and that of its auxiliary norm, until an optimiser has moved both."""

    def __init__(self, name: str, main: nn.Parameter, aux: nn.Parameter):
        self.name = name
        self.is_missed, self.is_watched = False, True
        self._main, self._aux = main, aux
        self._has_gradient = False  # of the auxiliary one, since the last look: a step may lie between two backwards
        self._versions = main._version, aux._version
        self._handles = [each.register_post_accumulate_grad_hook(self.look) for each in (main, aux)]

    def look(self, parameter: nn.Parameter | None = None) -> None:
        """See which of the two was changed in place since the last look, as optimisers do."""
        before, self._versions = self._versions, (self._main._version, self._aux._version)
        main_moved, aux_moved = (now != then for now, then in zip(self._versions, before))
        if self._has_gradient and main_moved:
            self.is_missed = not aux_moved
            if aux_moved:
                self.stop()
        self._has_gradient = self._aux.grad is not None

    def stop(self) -> None:
        self.is_watched = False
        for handle in self._handles:
            handle.remove()

"""Optimisers and auxiliary norms: these join one that was made before them, and are seen to be trained."""
from collections.abc import Iterable, Sequence

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
    """Sees, once the main norms have moved, that the auxiliary ones have moved too, where they were given gradients.

    Args:
        norms: the DualNorms of a model.
    """

    def __init__(self, norms: list[DualNorm]):
        self._main = trainable(norm.main for norm in norms)
        self._aux = trainable(norm.aux for norm in norms)
        self._before: tuple[list[int], list[int]] | None = None
        self._has_gradients = False
        self._handles = [each.register_post_accumulate_grad_hook(self._see_gradient) for each in self._aux]

    def __call__(self) -> None:
        """Look at the parameters; to be called before each step.

        Raises:
            UserError: if an optimiser steps on the main norms only.
        """
        if not self._aux or not self._has_gradients:  # a warm-up may train by the clean loss alone
            return
        now = versions(self._main), versions(self._aux)
        if self._before is None:
            self._before = now
        elif now[0] != self._before[0]:
            if now[1] == self._before[1]:
                raise UserError('the optimiser does not train the auxiliary norms: make it after AdvBN, or give it to '
                                'add_auxiliary_norms_to(optimizer)')
            self._aux = []  # all is well
            for handle in self._handles:
                handle.remove()

    def _see_gradient(self, parameter: nn.Parameter) -> None:
        self._has_gradients = True


def trainable(modules: Iterable[nn.Module]) -> list[nn.Parameter]:
    return [parameter for module in modules for parameter in module.parameters() if parameter.requires_grad]


def versions(parameters: list[nn.Parameter]) -> list[int]:
    """Return how often each was changed in place, as optimisers do."""
    return [parameter._version for parameter in parameters]

"""Which norms a batch should run through, told from its features alone: what the paper's Appendix A.3 leaves open."""
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..network.branches import NORM_BRANCHES
from ..network.dual_norm import DualNorm, dual_norms, use_branch
from ..perturbations.statistics import divergence


def nearest(norm: DualNorm, feature: Tensor) -> str:
    """Return the branch of a DualNorm, 'main' or 'aux', whose stored statistics diverge less from the feature's.

    Args:
        norm: of two batch norms.
        feature: its input, (B, C, ...), as batch norms take it; statistics are over batch and space.
    """
    dims = [dim for dim in range(feature.ndim) if dim != 1]
    var, mean = torch.var_mean(feature.float(), dims, correction=0)
    branches = {name: getattr(norm, name) for name in NORM_BRANCHES}
    # eps as in the norm itself: channels without variance must not decide alone
    distances = {name: divergence(mean, var + branch.eps, branch.running_mean, branch.running_var + branch.eps)
                 for name, branch in branches.items()}
    return min(distances, key=distances.__getitem__)


@contextmanager
def nearest_branch(model: nn.Module) -> Iterator[Counter[str]]:
    """Run every call of `model` within this context through the branch that its batch is nearer to, without labels.

    The first DualNorm to run decides for all, as what it sees does not depend on the branch. It stores the statistics
    of the clean and of the adversarial features that come from the perturbed layer. Its choice depends on the whole
    batch: of one image it is that image's.

    Yields:
        Counter: how many calls went through 'main' and 'aux' so far.

    Raises:
        UserError: where the model has no auxiliary norms, or these keep no running statistics.
    """
    norms = dual_norms(model)
    if not norms:
        raise UserError('the model has no auxiliary norms to choose')
    for norm in norms:
        if getattr(norm.main, 'running_mean', None) is None:
            raise UserError(f'a choice of norms needs the running statistics of batch norms, but the model has '
                            f"{type(norm.main).__name__} without any: choose 'main' or 'aux'")
    choices: Counter[str] = Counter()
    undecided: list[bool] = []

    def begin(module: nn.Module, args: Any, kwargs: Any) -> None:
        undecided[:] = [True]

    def decide(norm: Any, args: Any, kwargs: Any) -> None:
        if undecided:
            undecided.clear()
            branch = nearest(norm, next(iter((*args, *kwargs.values()))))
            choices[branch] += 1
            for each in norms:
                each.branch = branch

    handles = [model.register_forward_pre_hook(begin, with_kwargs=True)]
    handles += [norm.register_forward_pre_hook(decide, with_kwargs=True) for norm in norms]
    try:
        with use_branch(model, 'main'):  # which puts the branches back afterwards
            yield choices
    finally:
        for handle in handles:
            handle.remove()

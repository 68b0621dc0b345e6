"""Algorithm 1 of the paper, line by line: the oracle of our tests and the yardstick of our benchmark."""
import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..network.dual_norm import is_norm


def algorithm_1(prefix: nn.Module, main: nn.Module, aux: nn.Module, x: Tensor, loss_fn: Callable[[Tensor], Tensor],
                num_steps: int, step_size: float, eps: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Take one step, for a network given as its two halves.

    Args:
        prefix: g^{1,l}, whose output is that of a ReLU, (B, C, H, W).
        main, aux: g^{l+1,L} with either set of norms; see `with_own_norms`.
        x: the batch.
        loss_fn: the loss of what `main` or `aux` returns, a scalar.

    Returns:
        (clean, adversarial, delta_mean, delta_std): two losses, both differentiable, and the deltas, (C,) each.
    """
    prefix.eval()
    with torch.no_grad():
        f = prefix(x)
    mu = f.mean((0, 2, 3), keepdim=True)
    delta_mean, delta_std = torch.ones_like(mu), torch.ones_like(mu)
    aux.eval()
    for _ in range(num_steps):
        delta_mean.requires_grad_()
        delta_std.requires_grad_()
        loss = loss_fn(aux(F.relu(delta_std * (f - mu) + delta_mean * mu)))
        gradients = torch.autograd.grad(loss, [delta_mean, delta_std])
        delta_mean, delta_std = (
            (delta.detach() + step_size * gradient.sign()).clamp(1 - eps, 1 + eps)
            for delta, gradient in zip((delta_mean, delta_std), gradients))
    main.train()
    aux.train()
    clean = loss_fn(main(f))
    adversarial = loss_fn(aux(F.relu(delta_std * (f - mu) + delta_mean * mu)))
    return clean, adversarial, delta_mean.flatten(), delta_std.flatten()


def with_own_norms(suffix: nn.Module) -> nn.Module:
    """Return a copy of the suffix that shares its parameters, but not those of its norms."""
    own = {parameter for module in suffix.modules() if is_norm(module) for parameter in module.parameters()}
    shared = {id(parameter): parameter for parameter in suffix.parameters() if parameter not in own}
    return copy.deepcopy(suffix, shared)

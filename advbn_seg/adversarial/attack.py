"""Sign-gradient ascent with projection (PGD) on the variables of any perturbation: Eq. 2, inner loop of Algorithm 1."""
import torch

# The sign does not see it; float16 gradients of a mean over pixels would underflow without it.
LOSS_SCALE = 2. ** 10


def ascend(loss_fn, deltas, project, num_steps, step_size):
    """Returns the deltas after `num_steps` of delta <- project(delta + step_size * sign(dL/d delta)).

    Args:
        loss_fn: called with the deltas, returns the scalar loss to raise.
        deltas: the tensors to start from; they are not changed.
        project: maps one delta back to what is allowed.

    The gradient reaches the deltas only: no parameter's `.grad` is touched.
    """
    deltas = tuple(delta.detach() for delta in deltas)
    for _ in range(num_steps):
        deltas = tuple(delta.requires_grad_() for delta in deltas)
        with torch.enable_grad():
            gradients = torch.autograd.grad(loss_fn(*deltas).float() * LOSS_SCALE, deltas)
        deltas = tuple(project(delta.detach() + step_size * gradient.sign())
                       for delta, gradient in zip(deltas, gradients))
    return deltas

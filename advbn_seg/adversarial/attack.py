"""Sign-gradient ascent with projection (PGD) on the variables of any perturbation: Eq. 2, inner loop of Algorithm 1."""
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from ..errors import Diverged, UserError
from ..network.collectives import sum_over_ranks
from ..perturbations.arguments import positive, whole
from ..perturbations.base import Maps, Perturbation, drawn

Variables = tuple[Tensor, ...]

# The sign does not see the scale; float16 gradients of a mean over pixels would underflow without it.
LOSS_SCALE = 2. ** 10


def ascend(loss_fn: Callable[..., Tensor], variables: Sequence[Tensor], project: Callable[[Variables], Variables],
           num_steps: int, step_size: float, combine: Callable[[Variables], Variables] = lambda gradients: gradients,
           first: Variables | None = None, layers: Sequence[str] = ()) -> Variables:
    """Return the variables after `num_steps` of v <- project(v + step_size * sign(dL/dv)).

    The gradient reaches the variables only: no parameter's `.grad` is touched.

    Args:
        loss_fn: called with the variables, returns the scalar loss to raise.
        variables: the tensors to start from; they are not changed.
        project: maps all variables back to what is allowed.
        num_steps, step_size: m and tau.
        combine: what is made of the gradients, such as their sum over processes.
        first: the gradients of the first step, where they are known without a call of `loss_fn`.
        layers: the name of each variable's layer, for the message.

    Raises:
        Diverged: if the loss is inf or NaN in some step.
        UserError: if it does not depend on a variable.

    Example:
        >>> ascend(lambda v: (torch.tensor([3., -1.]) * v).sum(), [torch.ones(2)], lambda vs: vs, 2, 0.25)
        (tensor([1.5000, 0.5000]),)
    """
    variables = tuple(variable.detach() for variable in variables)
    losses = []
    for step in range(num_steps):
        if step == 0 and first is not None:
            gradients = first
        else:
            variables = tuple(variable.requires_grad_() for variable in variables)
            with torch.enable_grad():
                loss = loss_fn(*variables).float()
                gradients = torch.autograd.grad(loss * LOSS_SCALE, variables, allow_unused=True)
            if unused := [index for index, gradient in enumerate(gradients) if gradient is None]:
                raise (no_loss_depends_on(layers[unused[0]]) if layers else
                       UserError(f'no loss depends on variable {unused[0]}'))
            losses.append(loss.detach())
        gradients = combine(gradients)
        variables = project(tuple(variable.detach() + step_size * gradient.sign()
                                  for variable, gradient in zip(variables, gradients)))
    if losses and not torch.stack(losses).isfinite().all():  # asked once, as the answer waits for the device
        values = ', '.join(f'{loss:g}' for loss in losses)
        raise Diverged(f'the loss is {values} in the steps of the ascent: this batch holds inf or NaN, or the '
                       'training has diverged')
    return variables


class Attack:
    """How the variables are found for each batch: by the paper's ascent, a cheaper one, or a random draw.

    Args:
        num_steps, step_size: m and tau; with 0 steps the draw of the perturbation is all.
        every: the ascent runs on every k-th batch; the batches between are perturbed by its variables.
        subsample: the ascent sees every s-th row and column of the feature map, s^2 times fewer positions. For models
            that bring their output to the size of the labels, as mmseg's heads do, or pool it.
        free_step: the first step takes its gradient from the backward pass of the clean loss, which costs nothing where
            that runs anyway. The clean loss is a loss under the perturbation's start, where the start changes nothing.

    Attributes:
        variables: those of the last batch, a tuple for each perturbation; None before it.

    Raises:
        UserError: if an argument is out of range.
    """

    def __init__(self, num_steps: int, step_size: float, every: int = 1, subsample: int = 1, free_step: bool = False):
        for name, value, least in (('num_steps', num_steps, 0), ('attack_every', every, 1),
                                   ('subsample', subsample, 1)):
            whole(name, value, least)
        positive('step_size', step_size)
        self.num_steps = num_steps
        self.step_size = step_size
        self.every = every
        self.subsample = subsample
        self.free_step = free_step
        self.variables: list[Variables] | None = None
        self._batches = 0

    def __call__(self, perturbations: Sequence[Perturbation], maps: Sequence[Maps],
                 loss_fn: Callable[[list[Variables]], Tensor], gradients: Sequence[Maps] = (),
                 layers: Sequence[str] = ()) -> list[Variables]:
        """Return the variables for a batch, a tuple for each perturbation.

        Args:
            perturbations: of each perturbed layer.
            maps: what each of them perturbs.
            loss_fn: the loss under such variables, which the ascent raises.
            gradients: those of the clean loss with respect to the maps, which a free step needs.
            layers: their names, for the message.

        Raises:
            Diverged: if the loss is inf or NaN in some step; in a batch without steps, if the maps hold such.
            UserError: if the loss does not depend on one of the maps.
        """
        found, ascended = self.variables, False
        if found is None or self.is_due(perturbations, maps):
            start = list(map(drawn, perturbations, maps))
            first = sum(map(at_start, perturbations, maps, start, gradients), ()) if self.free_step else None
            found = self._ascend(start, perturbations, loss_fn, first, layers)
            ascended = self.num_steps > self.free_step
        elif any(variable.device != maps[0][0].device for each in found for variable in each):  # a checkpoint's
            found = [tuple(variable.to(maps[0][0].device) for variable in each) for each in found]
        if not ascended:
            refuse_non_finite(maps)
        self.variables = found
        self._batches += 1
        return found

    def is_due(self, perturbations: Sequence[Perturbation], maps: Sequence[Maps]) -> bool:
        """Return whether the next batch, of such maps, gets variables of its own."""
        return (self.variables is None or self._batches % self.every == 0
                or not all(each.fits(own, given) for each, own, given in zip(perturbations, self.variables, maps)))

    def _ascend(self, start: list[Variables], perturbations: Sequence[Perturbation],
                loss_fn: Callable[[list[Variables]], Tensor], first: Variables | None,
                layers: Sequence[str]) -> list[Variables]:
        owners = [perturbation for perturbation, each in zip(perturbations, start) for _ in each]

        def grouped(flat: Iterable[Tensor]) -> list[Variables]:
            flat = iter(flat)
            return [tuple(islice(flat, len(each))) for each in start]

        return grouped(ascend(
            lambda *flat: loss_fn(grouped(flat)), sum(start, ()),
            lambda flat: tuple(owner.project(variable) for owner, variable in zip(owners, flat)),
            self.num_steps, self.step_size,
            lambda flat: tuple(sum_over_ranks(gradient) if owner.shared else gradient
                               for owner, gradient in zip(owners, flat)),
            first, [layer for layer, each in zip(layers, start) for _ in each]))

    def state_dict(self) -> dict[str, Any]:
        """Return what the next batch's variables depend on, for a checkpoint."""
        return dict(variables=self.variables if self.every > 1 else None, batches=self._batches)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.variables, self._batches = state.get('variables'), state['batches']


def fast_attack(num_steps: int, step_size: float, every: int = 1, subsample: int = 1) -> Attack:
    """Return an attack that reaches as far in half as many steps, rounded up, the first of them free."""
    whole('num_steps', num_steps, 1)
    steps = -(-num_steps // 2)
    return Attack(steps, step_size * num_steps / steps, every, subsample, free_step=True)


def at_start(perturbation: Perturbation, maps: Maps, start: Variables, gradients: Maps) -> Variables:
    """Return the gradients of the start's variables, given those of the perturbed maps, which are still the maps."""
    variables = tuple(variable.detach().requires_grad_() for variable in start)
    with torch.enable_grad():
        perturbed = perturbation.apply(maps, *variables)
        return tuple(gradient.nan_to_num() for gradient in torch.autograd.grad(perturbed, variables, gradients))


def no_loss_depends_on(layer: str) -> UserError:
    """Return the error of a layer that is attacked in vain."""
    return UserError(f'no loss depends on what layer {layer!r} returns: choose another layer, or, with a perturbation '
                     'of your own, have its apply use each variable')


def refuse_non_finite(maps: Sequence[Maps]) -> None:
    """Raise Diverged if a map holds inf or NaN, which would stay in the auxiliary norms' statistics."""
    if not torch.stack([feature.isfinite().all() for each in maps for feature in each]).all():
        raise Diverged('the features to perturb hold inf or NaN: so does this batch, or the training has diverged')


def subsampled(feature: Tensor, factor: int) -> Tensor:
    """Return every factor-th row and column of a (B, C, H, W) map."""
    if factor > 1 and feature.ndim != 4:
        raise UserError(f'subsample={factor} needs a feature map (B, C, H, W), found {tuple(feature.shape)}')
    return feature[..., ::factor, ::factor] if factor > 1 else feature

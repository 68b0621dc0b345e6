"""Sign-gradient ascent with projection (PGD) on the variables of any perturbation: Eq. 2, inner loop of Algorithm 1."""
import torch

from ..errors import UserError
from ..network.collectives import sum_over_ranks

# The sign does not see it; float16 gradients of a mean over pixels would underflow without it.
LOSS_SCALE = 2. ** 10
STARTS = ('clean', 'random', 'previous')


def ascend(loss_fn, deltas, project, num_steps, step_size, over_ranks=False):
    """Returns the deltas after `num_steps` of delta <- project(delta + step_size * sign(dL/d delta)).

    Args:
        loss_fn: called with the deltas, returns the scalar loss to raise.
        deltas: the tensors to start from; they are not changed.
        project: maps one delta back to what is allowed.
        over_ranks: raise the sum of the losses of all processes of a distributed training, with the same deltas.

    The gradient reaches the deltas only: no parameter's `.grad` is touched.
    """
    deltas = tuple(delta.detach() for delta in deltas)
    for _ in range(num_steps):
        deltas = tuple(delta.requires_grad_() for delta in deltas)
        with torch.enable_grad():
            gradients = torch.autograd.grad(loss_fn(*deltas).float() * LOSS_SCALE, deltas)
        if over_ranks:
            gradients = map(sum_over_ranks, gradients)
        deltas = tuple(project(delta.detach() + step_size * gradient.sign())
                       for delta, gradient in zip(deltas, gradients))
    return deltas


class Attack:
    """How deltas are found for each batch: the paper's ascent, or a cheaper one.

    Args:
        perturbation: what may change; see `perturbations`.
        num_steps, step_size: m and tau.
        start: of the ascent: 'clean' (no perturbation, as in the paper), 'random', or 'previous', the last batch's
            deltas.
        every: the ascent runs on every k-th batch; those between are perturbed by its deltas.
        subsample: the ascent sees every s-th row and column of the feature map, s^2 times fewer positions. For models
            that bring their output to the size of the labels, as mmseg's heads do, or pool it.
        over_ranks: see `ascend`.

    Attributes:
        deltas: those of the last batch; None before it.

    Raises:
        UserError: if an argument is out of range.
    """

    def __init__(self, perturbation, num_steps, step_size, start='clean', every=1, subsample=1, over_ranks=False):
        for name, value in (('num_steps', num_steps), ('attack_every', every), ('subsample', subsample)):
            if value < 1:
                raise UserError(f'{name} must be at least 1, found {value}')
        if not step_size > 0:
            raise UserError(f'step_size must be positive, found {step_size}')
        if start not in STARTS:
            raise UserError(f'start must be one of {", ".join(map(repr, STARTS))}, found {start!r}')
        self.perturbation = perturbation
        self.num_steps = num_steps
        self.step_size = step_size
        self.start = start
        self.every = every
        self.subsample = subsample
        self.over_ranks = over_ranks
        self.deltas = None
        self._batches = 0

    def __call__(self, features, loss_fn):
        """The deltas for a batch, which `loss_fn(perturbed features)` is to be raised with."""
        due = self._batches % self.every == 0 or self.deltas is None
        self._batches += 1
        if due:
            features = tuple(subsampled(feature, self.subsample) for feature in features)
            start = self.deltas if self.start == 'previous' else None
            self.deltas = ascend(lambda *deltas: loss_fn(self.perturbation.apply(features, *deltas)),
                                 start or self.perturbation.start(features, self.start == 'random'),
                                 self.perturbation.project, self.num_steps, self.step_size, self.over_ranks)
        return self.deltas

    def state_dict(self):
        """What the next batch's deltas depend on, for a checkpoint."""
        carried = self.start == 'previous' or self.every > 1
        return dict(deltas=self.deltas if carried else None, batches=self._batches)

    def load_state_dict(self, state):
        self.deltas, self._batches = state['deltas'], state['batches']


def subsampled(feature, factor):
    """Every factor-th row and column of a (B, C, H, W) map."""
    if factor > 1 and feature.ndim != 4:
        raise UserError(f'subsample={factor} needs a feature map (B, C, H, W), found {tuple(feature.shape)}')
    return feature[..., ::factor, ::factor] if factor > 1 else feature

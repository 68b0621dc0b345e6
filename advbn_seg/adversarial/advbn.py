"""AdvBN (Algorithm 1), for any model and any training loop."""
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..network.split import Split
from ..perturbations.arguments import one_of
from ..perturbations.channel_statistics import ChannelStatistics
from .attack import Attack, fast_attack
from .precision import FAST
from .training import AdversarialTraining


class AdvBN(AdversarialTraining):
    """Attaches Adversarial Batch Normalization to a model after one of its layers.

    Attaching gives every norm after the layer an auxiliary norm and freezes the prefix (everything up to the layer). An
    optimiser made afterwards trains the right parameters as it is; one made before lacks the auxiliary norms, so pass
    it to `add_auxiliary_norms_to`. Plain checkpoints load into the model before or after attaching: auxiliary norms
    become copies of their main norm. A checkpoint of the attached model loads into a plain one with `strict=False`.
    Convert to SyncBatchNorm before attaching, and wrap in DistributedDataParallel or FSDP2 afterwards. What
    torch.compile has compiled runs uncompiled in a training step. The ascent switches off dropout that is a module;
    `F.dropout` stays on. In a distributed training the deltas that a batch shares are those of all processes' batches
    together.

    Args:
        model: any nn.Module.
        layer: path of the module whose output f is perturbed: (B, C, H, W) or (B, N, C), or several of them. Several
            paths, in the order in which the modules run, are perturbed at once; the prefix ends at the first.
        num_steps: m, ascent steps on the deltas per batch; 0 perturbs by a random draw from the ball.
        step_size: tau, of each sign-gradient step.
        eps: radius of the ball around 1 that holds delta_mean and delta_std.
        per_image: deltas and statistics for each image, instead of for the batch as in the paper.
        auxiliary: train auxiliary norms for the adversarial pass; False trains one set of norms for both passes.
        adversarial_statistics: 'batch', as in the paper, or 'running'; see `AdversarialTraining`.
        train_prefix: train the prefix too, instead of freezing it.
        random_start: start the ascent at a random draw from the ball instead of at 1.
        clamp: whether a ReLU follows the shift. None: if f of the first batch is nowhere negative, as a ReLU's output.
        attack_every, subsample: cheaper attacks than the paper's; see `Attack`.
        ascent_precision: see `AdversarialTraining`.
        fast: half as many steps, rounded up, that reach as far, in bfloat16 where the hardware multiplies it. The first
            takes its gradient from the clean loss, for nothing where `losses` is given a `backward`.
        channel_dim, trace: see `Split`.

    Attributes:
        delta_mean, delta_std: of the last step, (C,), or (B, C) per image, the channels of all maps of f in turn; None
            before it.

    Raises:
        UserError: if an argument is out of range, or the layer cannot serve (see `Split`).

    Example:
        >>> from torch.nn import functional as F
        >>> model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1), nn.BatchNorm2d(2))
        >>> advbn = AdvBN(model, layer='1')
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        >>> x, y = torch.randn(2, 3, 4, 4), torch.zeros(2, 4, 4, dtype=torch.long)
        >>> clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y))
        >>> (clean + adversarial).backward()
        >>> advbn
        AdvBN at 1: froze 1 modules, 1 auxiliary norms, ChannelStatistics(eps=0.5, per_image=False, \
random_start=False, clamp=True), 3 steps of 0.2
    """

    def __init__(self, model: nn.Module, layer: str | Sequence[str], num_steps: int = 3, step_size: float = 0.2,
                 eps: float = 0.5, *, per_image: bool = False, auxiliary: bool = True,
                 adversarial_statistics: Literal['batch', 'running'] = 'batch', train_prefix: bool = False,
                 random_start: bool = False, clamp: bool | None = None, attack_every: int = 1, subsample: int = 1,
                 ascent_precision: Literal['fp32', 'bf16', 'fp16'] | None = None, fast: bool = False,
                 channel_dim: Literal[1, -1] | None = None, trace: Callable[[], Any] | None = None):
        layers: list[Any] = list(layer) if isinstance(layer, (list, tuple)) else [layer]
        if not layers:
            raise UserError('AdvBN needs at least one layer, found none')
        first, *later = layers
        one_of('fast', fast, (True, False))
        make = fast_attack if fast else Attack
        attack = make(num_steps, step_size, attack_every, subsample)
        perturbations = [ChannelStatistics(eps, per_image, random_start or num_steps == 0, clamp) for _ in layers]
        super().__init__(model, Split(model, first, trace, channel_dim), perturbations, attack, later=later,
                         auxiliary=auxiliary, adversarial_statistics=adversarial_statistics, train_prefix=train_prefix,
                         ascent_precision=ascent_precision or (FAST if fast else None))

    @property
    def delta_mean(self) -> Tensor | None:
        return self._delta(0)

    @property
    def delta_std(self) -> Tensor | None:
        return self._delta(1)

    def _delta(self, index: int) -> Tensor | None:
        found = self.attack.variables
        return torch.cat([variables[index] for variables in found], -1) if found else None

"""Adversarial pixels and auxiliary norms: AdvProp (https://arxiv.org/abs/1911.09665), PGD training with two norms."""
from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from ..network.input_split import InputSplit
from ..perturbations.pixels import Pixels
from .attack import Attack
from .training import AdversarialTraining


class AdvProp(AdversarialTraining):
    """Trains a whole model on clean and on adversarial images, with auxiliary norms for the latter.

        advprop = AdvProp(model, num_steps=1, step_size=1 / 255, eps=1 / 255, max_pixel=1)
        clean, adversarial = advprop.losses(lambda: F.cross_entropy(model(x), y))

    AdvProp attaches to the model as `AdvBN` does, and freezes nothing.

    Args:
        model: any nn.Module.
        module: path of the module whose input is perturbed; '' is the model itself.
        num_steps, step_size, eps: of the attack; the latter in units of pixel values.
        mean, std, max_pixel: see `Pixels`.
        random_start: start at uniformly random deltas in the ball instead of at 0.
        auxiliary, adversarial_statistics, ascent_precision: see `AdversarialTraining`.

    Attributes:
        delta: of the last step, (B, C, H, W); None before it.

    Raises:
        UserError: if an argument is out of range, or the model has no such module.
    """

    def __init__(self, model: nn.Module, module: str = '', num_steps: int = 1, step_size: float = 1, eps: float = 1, *,
                 mean: Sequence[float] = (0.,), std: Sequence[float] = (1.,), max_pixel: float = 255,
                 random_start: bool = True, auxiliary: bool = True,
                 adversarial_statistics: Literal['batch', 'running'] = 'batch',
                 ascent_precision: Literal['fp32', 'bf16', 'fp16'] | None = None):
        pixels = Pixels(eps, mean, std, max_pixel, random_start or num_steps == 0)
        super().__init__(model, InputSplit(model, module), [pixels], Attack(num_steps, step_size), auxiliary=auxiliary,
                         adversarial_statistics=adversarial_statistics, ascent_precision=ascent_precision)

    @property
    def delta(self) -> Tensor | None:
        found = self.attack.variables
        return found[0][0] if found else None

"""Adversarial pixels and auxiliary norms: AdvProp (https://arxiv.org/abs/1911.09665), PGD training with two norms."""
from ..network.input_split import InputSplit
from ..perturbations.pixels import Pixels
from .attack import Attack
from .objective import AdversarialTraining


class AdvProp(AdversarialTraining):
    """Trains a whole model on clean and on adversarial images, with auxiliary norms for the latter.

        advprop = AdvProp(model, num_steps=1, step_size=1 / 255, eps=1 / 255, max_pixel=1)
        clean, adversarial = advprop.losses(lambda: F.cross_entropy(model(x), y))

    It attaches to the model as `AdvBN` does, and freezes nothing.

    Args:
        model: any nn.Module.
        module: path of the module whose input is perturbed; '' is the model itself.
        num_steps, step_size, eps: of the attack; the latter in units of pixel values.
        mean, std, max_pixel: see `Pixels`.
        random_start: start at uniformly random deltas in the ball instead of at 0.
        options: auxiliary, adversarial_statistics, ascent_precision, fold_norms: see `AdversarialTraining`.

    Attributes:
        delta: of the last step, (B, C, H, W); None before it.

    Raises:
        UserError: if an argument is out of range, or the model has no such module.
    """

    def __init__(self, model, module='', num_steps=1, step_size=1, eps=1, *, mean=(0.,), std=(1.,), max_pixel=255,
                 random_start=True, **options):
        attack = Attack(Pixels(eps, mean, std, max_pixel), num_steps, step_size, 'random' if random_start else 'clean')
        super().__init__(model, InputSplit(model, module), attack, **options)

    @property
    def delta(self):
        return self.attack.deltas and self.attack.deltas[0]

    def moved(self):
        """How far the deltas of the last step went from 0, in the mean over pixels."""
        return dict(delta=self.delta.abs().mean())

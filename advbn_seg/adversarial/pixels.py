"""Adversarial pixels and auxiliary norms: AdvProp (https://arxiv.org/abs/1911.09665), PGD training with two norms."""
from contextlib import contextmanager

import torch

from .attack import Attack
from .objective import AdversarialTraining


class Pixels:
    """PGD's adversary (https://arxiv.org/abs/1706.06083): every pixel of every image, in units of pixel values.

    Args:
        eps: radius of the ball ||delta||_inf <= eps.
        mean, std: with which pixel values became images, (pixels - mean) / std, per channel.
        max_pixel: perturbed pixels stay between 0 and this.
    """

    def __init__(self, eps, mean=(0.,), std=(1.,), max_pixel=255):
        if not eps > 0:
            raise ValueError(f'eps must be positive, found {eps}')
        self.eps = eps
        self.mean = torch.as_tensor(mean, dtype=torch.float32).view(-1, 1, 1)
        self.std = torch.as_tensor(std, dtype=torch.float32).view(-1, 1, 1)
        self.max_pixel = max_pixel

    def start(self, features, random=False):
        """The first deltas, float32 and of the images' shape (B, C, H, W)."""
        images, = features
        deltas = torch.zeros(images.shape, device=images.device)
        return (deltas.uniform_(-self.eps, self.eps) if random else deltas,)

    def apply(self, features, delta):
        """The perturbed images, of the images' shape and dtype."""
        images, = features
        mean, std = self.mean.to(images.device), self.std.to(images.device)
        darkest, brightest = (0 - mean) / std, (self.max_pixel - mean) / std
        return (torch.clamp(images + delta / std, darkest, brightest).to(images.dtype),)

    def project(self, delta):
        return delta.clamp(-self.eps, self.eps)


class InputSplit:
    """The `Split` before the first layer: f is what a module is given, and the whole model is suffix.

    Args:
        model: any nn.Module.
        module: path of the module whose first argument is the images; '' is the model itself.

    Attributes:
        prefix, suffix: no modules and all of them.
        features: (images,) of the last `record`.

    Raises:
        ValueError: if there is no such module.
    """

    def __init__(self, model, module=''):
        try:
            self.module = model.get_submodule(module)
        except AttributeError:
            raise ValueError(f'{module!r} is not a module of {type(model).__name__}') from None
        self.name = module
        self.features = ()
        self.prefix, self._model = set(), model

    @property
    def suffix(self):
        return set(self._model.modules())

    @contextmanager
    def record(self, detach=False):
        """Keeps the images of the one run of the model within this context.

        Raises:
            ValueError: if the module does not run, or not on a batch of images.
        """
        self.forget()

        def keep(module, args):
            self.features = args[:1]

        with _before(self.module, keep):
            yield
        if not (self.features and torch.is_tensor(self.features[0]) and self.features[0].ndim == 4):
            raise ValueError(f'module {self.name!r} was not given images (B, C, H, W) in its first argument')

    def forget(self):
        """Lets go of what `record` kept."""
        self.features = ()

    def replay(self, features):
        """A context in which the module is given `features` in the place of the images."""
        return _before(self.module, lambda module, args: (*features, *args[1:]))


@contextmanager
def _before(module, hook):
    handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


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
        ValueError: if an argument is out of range, or the model has no such module.
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

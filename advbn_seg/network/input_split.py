"""The `Split` before the first layer, for adversaries of images."""
from contextlib import contextmanager

import torch

from ..errors import UserError


class InputSplit:
    """The `Split` before the first layer: f is what a module is given, and the whole model is suffix.

    Args:
        model: any nn.Module.
        module: path of the module whose first argument is the images; '' is the model itself.

    Attributes:
        prefix, suffix: no modules and all of them.
        features: (images,) of the last `record`.

    Raises:
        UserError: if there is no such module.
    """

    def __init__(self, model, module=''):
        try:
            self.layer = model.get_submodule(module)
        except (AttributeError, TypeError):
            raise UserError(f'{module!r} is not a module of {type(model).__name__}') from None
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
            UserError: if the module does not run, or not on a batch of images.
        """
        self.forget()

        def keep(module, args):
            self.features = args[:1]

        with _before(self.layer, keep):
            yield
        if not (self.features and torch.is_tensor(self.features[0]) and self.features[0].ndim == 4):
            raise UserError(f'module {self.name!r} was not given images (B, C, H, W) in its first argument')

    def forget(self):
        """Lets go of what `record` kept."""
        self.features = ()

    def replay(self, features):
        """A context in which the module is given `features` in the place of the images."""
        return _before(self.layer, lambda module, args: (*features, *args[1:]))


@contextmanager
def _before(module, hook):
    handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()

"""The `Split` before the first layer, for adversaries of images."""
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from .first_call import FirstCalls
from .wrappers import unwrapped


class InputSplit:
    """The `Split` before the first layer: f is what a module is given, and the whole model is suffix.

    Args:
        model: any nn.Module.
        module: path of the module whose first argument is the images; '' is the model itself. Its first call counts.

    Attributes:
        prefix, suffix: no modules and all of them.
        features: (images,) of the last `record`.

    Raises:
        UserError: if there is no such module, or a wrapper around the model.
    """

    channel_dim = 1

    def __init__(self, model: nn.Module, module: str = ''):
        model = unwrapped(model)
        try:
            model.get_submodule(module)
        except (AttributeError, TypeError):
            raise UserError(f'{module!r} is not a module of {type(model).__name__}') from None
        self.name = module
        self.features: tuple[Tensor, ...] = ()
        self.prefix: set[nn.Module] = set()
        self._model = model

    @property
    def layer(self) -> nn.Module:
        return self._model.get_submodule(self.name)  # a norm gets an auxiliary one in its place

    @property
    def suffix(self) -> set[nn.Module]:
        return set(self._model.modules())

    @contextmanager
    def record(self, detach: bool = False) -> Iterator[None]:
        """Keep the images of the one run of the model within this context.

        Raises:
            UserError: if the module does not run, or not on a batch of images, or of integers, and see `FirstCalls`.
        """
        self.forget()
        first = FirstCalls({self.layer: self.name})

        def keep(module: nn.Module, args: tuple) -> None:
            first.see(module)
            self.features = self.features or args[:1]

        with _before(self.layer, keep):
            yield
        if not (self.features and torch.is_tensor(self.features[0]) and self.features[0].ndim == 4):
            raise UserError(f'module {self.name!r} was not given images (B, C, H, W) in its first argument')
        if not self.features[0].is_floating_point():
            raise UserError(f'module {self.name!r} was given images of {self.features[0].dtype}, which have no '
                            'gradient: convert them before the model, or name the module that is given floats')

    def forget(self) -> None:
        """Let go of what `record` kept."""
        self.features = ()

    def replay(self, features: Sequence[Tensor], dtype: torch.dtype | None = None) -> AbstractContextManager[None]:
        """Return a context in which the module is given `features` in the place of the images; nothing else is kept."""
        waiting = [features]
        return _before(self.layer, lambda module, args: (*waiting.pop(), *args[1:]) if waiting else None)


@contextmanager
def _before(module: nn.Module, hook: Callable[[nn.Module, tuple], Any]) -> Iterator[None]:
    handle = module.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()

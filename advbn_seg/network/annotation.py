"""Text beside a module where its model is printed."""
from functools import partial

from torch import nn


class Annotation:
    """Shows `text` beside a module in `print(model)`, until `remove()`.

    Example:
        >>> layer = nn.ReLU()
        >>> note = Annotation(layer, 'perturbed')
        >>> layer
        ReLU(perturbed)
        >>> note.remove()
        >>> layer
        ReLU()
    """

    def __init__(self, module: nn.Module, text: str):
        self._module = module
        module.extra_repr = partial(_joined, module, text)  # type: ignore[method-assign]

    def remove(self) -> None:
        """Print the module as before."""
        vars(self._module).pop('extra_repr', None)


def _joined(module: nn.Module, text: str) -> str:
    return ', '.join(filter(None, [type(module).extra_repr(module), text]))

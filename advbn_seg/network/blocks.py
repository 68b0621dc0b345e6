"""The blocks that a model runs after one of its layers, whatever the model: where features are looked at."""
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from .execution_order import find_layer, watch_calls


@contextmanager
def watch_blocks(model: nn.Module, layer: str, see: Callable[[str, Any], None]) -> Iterator[None]:
    """Call `see(path, output)` after each call of a block that runs after a layer, within this context.

    Blocks are the outermost modules with parameters, where every nn.Sequential is opened, and so is whatever holds the
    layer: the residual blocks of a ResNet, the convolutions of a decode head and its classifier.

    Args:
        model: any nn.Module.
        layer: path of a module; what runs before it in the first pass is never a block, and what comes later is one.
        see: is given the path of a block in the model, and what the block returned.

    Raises:
        UserError: if there is no such layer.

    Example:
        >>> import torch
        >>> model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
        >>> with watch_blocks(model, '0', lambda name, output: print(name, output.shape)):
        ...     _ = model(torch.zeros(1, 2))
        2.0 torch.Size([1, 3])
    """
    end = find_layer(model, layer)
    names = {module: name for name, module in model.named_modules()}
    opened = {module for module in names if isinstance(module, nn.Sequential) or end in module.modules()}
    blocks = {module for module in names if module not in opened and next(module.parameters(), None) is not None}
    before: set[nn.Module] = set()
    running: list[nn.Module] = []  # blocks, the outermost first
    ended = False

    def enter(module: nn.Module) -> None:
        if not ended:
            before.add(module)
        if module in blocks:
            running.append(module)

    def leave(module: nn.Module, output: Any) -> None:
        nonlocal ended
        if module in blocks:
            running.pop()
            if not running and module not in before:
                see(names[module], output)
        ended = ended or module is end

    with watch_calls(set(names), enter, leave):
        yield

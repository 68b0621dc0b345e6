"""Which modules of a model run before a layer ends (the prefix g^{1,l}) and which after it (the suffix g^{l+1,L})."""
import difflib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from ..errors import UserError
from .wrappers import uncompiled


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """Return the module of that path.

    Raises:
        UserError: if there is none, naming the closest paths, or if it only holds others.

    Example:
        >>> find_layer(nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh())), '1.0')
        Tanh()
    """
    if not isinstance(name, str):
        kind = 'nothing' if name is None else f'a {type(name).__name__}'
        raise UserError(f"a layer is named by its path in the model, such as 'backbone.layer1', found {kind}")
    modules = dict(model.named_modules(remove_duplicate=False))
    found = uncompiled(modules[name]) if name in modules else None
    if found is not None and type(found).forward is nn.Module.forward:
        children = ', '.join(f'{name}.{child}' for child, _ in found.named_children())
        raise UserError(f'layer {name!r} is a {type(found).__name__}, which does not run itself; '
                        f'choose one of {children}')
    if found is not None and found is not model:
        return found
    close = difflib.get_close_matches(name, modules, n=4, cutoff=0.4) or [child for child, _ in model.named_children()]
    raise UserError(f'layer {name!r} is not a module of {type(model).__name__}; close names: {", ".join(close)}')


@contextmanager
def watch_calls(modules: Collection[nn.Module], enter: Callable[[nn.Module], None],
                leave: Callable[[nn.Module, Any], Any]) -> Iterator[None]:
    """Call `enter(module)` before and `leave(module, output)` after each call of one of `modules`, within this context.

    What `leave` returns, if not None, takes the output's place.
    """
    handles = (
        register_module_forward_pre_hook(lambda module, args: enter(module) if module in modules else None),
        register_module_forward_hook(
            lambda module, args, output: leave(module, output) if module in modules else None))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def registration_order(model: nn.Module, layer: nn.Module) -> set[nn.Module]:
    """Return the prefix as a set of modules, if modules run in the order in which the model registers them.

    The layer's ancestors are in it: the parameters that are directly theirs (class tokens, position embeddings)
    serve before any of their children run.
    """
    prefix: set[nn.Module] = set()
    inside = set(layer.modules())
    for module in model.modules():
        if layer in prefix and module not in inside:
            break
        prefix.add(module)
    return prefix


def traced_order(model: nn.Module, layer: nn.Module, run: Callable[[], Any]) -> set[nn.Module]:
    """Return the prefix as a set of modules, found by calling `run()` once, in eval mode and without gradients.

    Modules that `run` does not reach (heads that only training uses) count by registration order.
    """
    before: set[nn.Module] = set()
    after: set[nn.Module] = set()
    ended = False

    def enter(module: nn.Module) -> None:
        (after if ended else before).add(module)

    def leave(module: nn.Module, output: Any) -> None:
        nonlocal ended
        ended = ended or module is layer

    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad(), watch_calls(set(modes), enter, leave):
            run()
    finally:
        model.train(modes[model])  # where a module does more than to set its flag, as LoRA merges weights
        for module, mode in modes.items():
            module.training = mode
    registered = registration_order(model, layer)
    if layer in after:  # the model runs it once more, as on a second image
        after -= before
    return (registered - after) | (before - after) if ended else registered


def has_own_parameters(module: nn.Module) -> bool:
    """Return whether a module has parameters that are not its children's."""
    return next(module.parameters(recurse=False), None) is not None

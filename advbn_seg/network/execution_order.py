"""Which modules of a model run before a layer ends (the prefix g^{1,l}) and which after it (the suffix g^{l+1,L})."""
import difflib
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from ..errors import UserError


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """Return the module of that path.

    Raises:
        UserError: if there is none, naming the closest paths, or if it only holds others.
    """
    if not isinstance(name, str):
        kind = 'nothing' if name is None else f'a {type(name).__name__}'
        raise UserError(f"a layer is named by its path in the model, such as 'backbone.layer1', found {kind}")
    modules = dict(model.named_modules(remove_duplicate=False))
    if name in modules and type(modules[name]).forward is nn.Module.forward:
        children = ', '.join(f'{name}.{child}' for child, _ in modules[name].named_children())
        raise UserError(f'layer {name!r} is a {type(modules[name]).__name__}, which does not run itself; '
                        f'choose one of {children}')
    if name in modules and name:
        return modules[name]
    close = difflib.get_close_matches(name, modules, n=4, cutoff=0.4) or [child for child, _ in model.named_children()]
    raise UserError(f'layer {name!r} is not a module of {type(model).__name__}; close names: {", ".join(close)}')


@contextmanager
def watch_calls(modules, enter, leave):
    """Within this context `enter(module)` precedes, and `leave(module, output)` follows, each call of one of `modules`.

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


def registration_order(model, layer):
    """The prefix as a set of modules, if modules run in the order in which the model registers them.

    The layer's ancestors are in it: the parameters that are directly theirs (class tokens, position embeddings)
    serve before any of their children run.
    """
    prefix, inside = set(), set(layer.modules())
    for module in model.modules():
        if layer in prefix and module not in inside:
            break
        prefix.add(module)
    return prefix


def traced_order(model, layer, run):
    """The prefix as a set of modules, found by calling `run()` once, in eval mode and without gradients.

    Modules that `run` does not reach (heads that only training uses) count by registration order.
    """
    before, after = set(), set()
    ended = False

    def enter(module):
        (after if ended else before).add(module)

    def leave(module, output):
        nonlocal ended
        ended = ended or module is layer

    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad(), watch_calls(set(modes), enter, leave):
            run()
    finally:
        for module, mode in modes.items():
            module.training = mode
    registered = registration_order(model, layer)
    return (registered - after) | (before - after) if ended else registered


def has_own_parameters(module):
    return next(module.parameters(recurse=False), None) is not None

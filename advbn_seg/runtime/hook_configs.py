"""The hooks of a config that train a method, or that have branches of norms; told by their classes, not by names."""
from mmengine.registry import HOOKS

from ..errors import UserError


def branch_hooks(cfg):
    """Return the configs of `custom_hooks` whose class has a true attribute `norm_branches`.

    Such a hook takes `norm_branch`, and gives its model auxiliary norms unless its config has `auxiliary=False`.

    Args:
        cfg (Config): with its `custom_imports` already imported, which register the hooks.
    """
    return _hooks_with('norm_branches', cfg)


def method_hooks(cfg):
    """Return the configs of `custom_hooks` whose class has a true attribute `trains_a_method`: no baseline has such."""
    return _hooks_with('trains_a_method', cfg)


def _hooks_with(attribute, cfg):
    hooks = cfg.get('custom_hooks') or []
    if not isinstance(hooks, list):
        raise UserError(f'custom_hooks must be a list of dicts, found a {type(hooks).__name__}: write [dict(type=...)]')
    return [hook for hook in hooks if getattr(hook_class(hook), attribute, False)]


def has_auxiliary_norms(cfg):
    """Return whether a config's training gives its model auxiliary norms."""
    return any(hook.get('auxiliary', True) for hook in branch_hooks(cfg))


def hook_class(hook):
    """Return the class of a hook's config, or None where no such name is registered."""
    kind = hook['type']
    return kind if isinstance(kind, type) else HOOKS.get(kind)


def perturbed_layer(cfg, model):
    """Return the path of the layer that the hooks of `branch_hooks` perturb, the first of several; see `named_layer`.

    The layer of a hook of its own goes before those that are named for all hooks. None where nothing names one.
    """
    own = next((hook['layer'] for hook in branch_hooks(cfg) if hook.get('layer')), None)
    layer = named_layer(cfg, model, own)
    return layer if layer is None or isinstance(layer, str) else layer[0]


def named_layer(cfg, model, layer=None):
    """Return the path of a layer, or the paths of several; None where nothing names one.

    Args:
        layer (str | list[str], optional): as a hook names it: path or paths, or the key of the config that says them.
            None is for the key `perturbed_layer`, or else the model's backbone (`AdvBNResNet`).
    """
    if isinstance(layer, str):
        layer = cfg.get(layer, layer)
    inside = getattr(getattr(model, 'backbone', None), 'advbn_layer', None)
    return layer or cfg.get('perturbed_layer') or (inside and f'backbone.{inside}')

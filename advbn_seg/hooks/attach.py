"""Changing a model that mmengine's Runner has built, wrapped and given to an optimiser already."""
from contextlib import suppress
from importlib import import_module

import torch
from mmengine.model import BaseAveragedModel
from torch import nn

from ..errors import UserError
from ..perturbations.base import Perturbation
from ..runtime.compat.runner import unwrapped
from ..runtime.hook_configs import named_layer

KEYS = dict(early_layers="['backbone.maxpool', 'backbone.layer1']", perturbed_layer="'backbone.layer1'")
TRACE_SIZE = 128  # pixels; deep strides and pooling pyramids still have something to work on


def black_image_run(model):
    """Return a callable that runs a mmseg or mmpretrain model on a black image, as far as it gets."""
    device = next(model.parameters()).device
    channels = next((module.in_channels for module in model.modules() if isinstance(module, nn.Conv2d)), 3)

    def run():
        # A model with other inputs stops somewhere. What has not run counts by order of registration, and AdvBN
        # compares either with the first training step.
        with suppress(Exception):
            model.forward(torch.zeros(1, channels, TRACE_SIZE, TRACE_SIZE, device=device), mode='tensor')

    return run


def layer_path(runner, layer):
    """Return `layer`, or what the key of the config says that it names; None is for `perturbed_layer` or the backbone.

    Raises:
        UserError: if none of them tells.
    """
    if isinstance(layer, str) and layer in KEYS and layer not in runner.cfg:
        raise UserError(f"the hook's layer {layer!r} is a key of the config, which has none: add it, such as {layer} = "
                        f"{KEYS[layer]}, or name the layer in the hook")
    layer = named_layer(runner.cfg, unwrapped(runner.model), layer)
    if not layer:
        raise UserError("no layer is named: name one in the hook, set perturbed_layer = 'backbone.layer1' in the "
                        'config, or use the backbone AdvBNResNet')
    return layer


def layer_paths(runner, layers):
    """Return `layers` as a list, or for None what the config's `early_layers` says, or else `layer_path`.

    Raises:
        UserError: if none of them tells, or a layer is named twice.
    """
    layers = layers or runner.cfg.get('early_layers') or layer_path(runner, None)
    layers = [layers] if isinstance(layers, str) else layers
    if not isinstance(layers, (list, tuple)) or len(set(map(str, layers))) < len(layers):
        raise UserError(f"layers are paths of modules, each once, such as {KEYS['early_layers']}, found {layers!r}")
    return list(layers)


def build_perturbation(config):
    """Return the perturbation of a config: a dict with the class's import path as `type`, and its arguments.

    Raises:
        UserError: if the config names no subclass of `Perturbation`, one that is not found, or other arguments than it
            has.
    """
    options = dict(config) if isinstance(config, dict) else {}
    kind = options.pop('type', None)
    if isinstance(kind, str):
        module, _, name = kind.rpartition('.')
        try:
            kind = getattr(import_module(module), name)
        except Exception as error:  # whatever the file does
            raise UserError(f'perturbation {kind} cannot be imported: {error}; correct its path or its file, or set '
                            'PYTHONPATH to the folder of its file') from error
    if not isinstance(kind, type) or not issubclass(kind, Perturbation):
        raise UserError("perturbation must be a dict whose type is the import path of a Perturbation, such as "
                        "'advbn_seg.perturbations.normalization_perturbation.NormalizationPerturbation', found "
                        f'{config}')
    try:
        return kind(**options)
    except TypeError as error:
        raise UserError(f'perturbation {kind.__name__}: {error}') from error


def refuse_own_train_step(hook, runner):
    """Raise UserError: after an iteration that has not run the model's forward, which the hook changes."""
    raise UserError(f"{type(unwrapped(runner.model)).__name__}.train_step does not call the model with mode='loss', so "
                    f"{type(hook).__name__} perturbs nothing: have it call self(**data, mode='loss')")


def warn_of_random_prefix(runner, layer, instead=''):
    """Say in the log that a training freezes up to a layer what no checkpoint has filled, and what to do about it."""
    runner.logger.warning(f'No checkpoint was loaded, so what runs up to {layer} stays as it was initialised: name '
                          f'your baseline in load_from{instead}')


def refuse_averages(runner, model):
    """Raise UserError where averages of parameters are kept by their names, which auxiliary norms will change."""
    for hook in runner.hooks:
        if getattr(hook, 'ema_model', None) is not None:
            raise UserError(f'{type(hook).__name__} has copied the model already, without auxiliary norms: leave the '
                            'priority out of both hooks, or set auxiliary=False')
    for name, module in model.named_modules():
        if isinstance(module, BaseAveragedModel):
            raise UserError(f'{name!r} of {type(model).__name__} averages parameters by their names, which are others '
                            'with auxiliary norms: set auxiliary=False')


def changes_losses(model, optim_wrapper):
    """Return the method that stands between a model's losses and their gradients and is not mmengine's, if any."""
    for owner, names in ((model, ('train_step', 'parse_losses')),
                         (optim_wrapper, ('update_params', 'backward', 'scale_loss'))):
        for name in names:
            if not getattr(getattr(owner, name, None), '__module__', '').startswith('mmengine.'):
                return f'{type(owner).__name__}.{name}'
    return None

"""Changing a model that mmengine's Runner has built, wrapped and given to an optimiser already."""
import inspect
from contextlib import suppress
from difflib import get_close_matches

import torch

from ..adversarial import AdversarialTraining
from ..errors import UserError
from ..runtime.compat.runner import unwrapped

# What the modules of mmcv, timm, Transformers, MixMIM and TinyViT, and DenseNet call it.
CHECKPOINTING = ('with_cp', 'grad_checkpointing', 'gradient_checkpointing', 'use_checkpoint', 'memory_efficient')
TRACE_SIZE = 128  # pixels; deep strides and pooling pyramids still have something to work on


def refuse_checkpointing(runner):
    """Sees that no activations are computed again in the backward pass, when the auxiliary norms are off again.

    Raises:
        UserError: naming the option to switch off.
    """
    reason = 'which would compute activations again when their norms are switched back already'
    if runner.cfg.get('activation_checkpointing'):
        raise UserError(f'AdvBN cannot train with activation_checkpointing, {reason}: leave it out of the config')
    for name, module in unwrapped(runner.model).named_modules():
        for option in CHECKPOINTING:
            if getattr(module, option, None) is True:
                raise UserError(f'AdvBN cannot train {name} with {option}=True, {reason}: set {option}=False')


def refuse_unknown(options, method):
    """See that a method takes all of these options.

    Raises:
        UserError: naming the one that it does not have.
    """
    known = {*inspect.signature(method).parameters, *inspect.signature(AdversarialTraining).parameters}
    for name in options:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            raise UserError(f'the hook of {method.__name__} has no option {name!r}: '
                            f'{f"write {close[0]!r}" if close else "correct it"}, or leave it out')


def dry_run(model):
    """A callable that runs a mmseg or mmpretrain model on a black image, as far as it gets."""
    device = next(model.parameters()).device

    def run():
        # A model with other inputs stops somewhere. What has not run counts by order of registration, and AdvBN
        # compares either with the first training step.
        with suppress(Exception):
            model.forward(torch.zeros(1, 3, TRACE_SIZE, TRACE_SIZE, device=device), mode='tensor')

    return run


def layer_path(runner, layer):
    """`layer`, or for None what the config's `perturbed_layer` or the model's backbone says.

    Raises:
        UserError: if none of them tells.
    """
    layer = layer or runner.cfg.get('perturbed_layer')
    if layer is not None:
        return layer
    inside = getattr(getattr(unwrapped(runner.model), 'backbone', None), 'advbn_layer', None)
    if inside is None:
        raise UserError("AdvBN needs a layer: set it in the hook, as in layer='backbone.layer1', or for all hooks with "
                        "the config's key perturbed_layer, or use a backbone that names one (AdvBNResNet)")
    return f'backbone.{inside}'

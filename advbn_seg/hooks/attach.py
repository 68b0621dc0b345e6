"""Changing a model that mmengine's Runner has built, wrapped and given to an optimiser already."""
from contextlib import suppress

import torch

from ..runtime.compat.runner import unwrapped

# What the modules of mmcv, timm, Transformers, MixMIM and TinyViT, and DenseNet call it.
CHECKPOINTING = ('with_cp', 'grad_checkpointing', 'gradient_checkpointing', 'use_checkpoint', 'memory_efficient')
TRACE_SIZE = 128  # pixels; deep strides and pooling pyramids still have something to work on


def refuse_checkpointing(runner):
    """Sees that no activations are computed again in the backward pass, when the auxiliary norms are off again.

    Raises:
        ValueError: naming the option to switch off.
    """
    reason = 'which would compute activations again when their norms are switched back already'
    if runner.cfg.get('activation_checkpointing'):
        raise ValueError(f'AdvBN cannot train with activation_checkpointing, {reason}: leave it out of the config')
    for name, module in unwrapped(runner.model).named_modules():
        for option in CHECKPOINTING:
            if getattr(module, option, None) is True:
                raise ValueError(f'AdvBN cannot train {name} with {option}=True, {reason}: set {option}=False')


def dry_run(model):
    """A callable that runs a mmseg or mmpretrain model on a black image, as far as it gets."""
    device = next(model.parameters()).device

    def run():
        # A model with other inputs stops somewhere. What has not run counts by order of registration, and AdvBN
        # compares either with the first training step.
        with suppress(Exception):
            model.forward(torch.zeros(1, 3, TRACE_SIZE, TRACE_SIZE, device=device), mode='tensor')

    return run


def layer_path(model, layer):
    """`layer`, or for None where the model's backbone says that its AdvBN layer sits.

    Raises:
        ValueError: if neither tells.
    """
    if layer is not None:
        return layer
    inside = getattr(getattr(model, 'backbone', None), 'advbn_layer', None)
    if inside is None:
        raise ValueError("AdvBN needs a layer: set it in the hook, as in layer='backbone.layer1', "
                         'or use a backbone that names one (AdvBNResNet)')
    return f'backbone.{inside}'

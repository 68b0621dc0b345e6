"""Changing a model that mmengine's Runner has built, wrapped and given to an optimiser already."""
from contextlib import suppress
from pathlib import Path

import torch
from mmengine.model import is_model_wrapper
from mmengine.runner import find_latest_checkpoint

# What the modules of mmcv, timm, Transformers, MixMIM and TinyViT, and DenseNet call it.
CHECKPOINTING = ('with_cp', 'grad_checkpointing', 'gradient_checkpointing', 'use_checkpoint', 'memory_efficient')
TRACE_SIZE = 128  # pixels; deep strides and pooling pyramids still have something to work on


def unwrapped(model):
    return model.module if is_model_wrapper(model) else model


def rewrap(runner):
    """Wraps a wrapped model again: DDP fixes its parameters when it is made, so it must not see them change."""
    if is_model_wrapper(runner.model):
        converted = runner.cfg.pop('sync_bn', None)  # the first wrapping did; a second would replace our norms
        runner.model = runner.wrap_model(runner.cfg.get('model_wrapper_cfg'), runner.model.module)
        if converted is not None:
            runner.cfg.sync_bn = converted


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


def resume_own_run(runner):
    """Makes a resumed run go on from its own last checkpoint, and from `load_from` only where it has none yet.

    mmengine resumes from `load_from` itself where a config names one, which is the baseline in a fine-tuning.
    """
    load_from = runner._load_from
    if runner._resume and load_from and Path(load_from).resolve().parent != Path(runner.work_dir).resolve():
        runner._resume = find_latest_checkpoint(runner.work_dir) is not None
        if runner._resume:
            runner._load_from = None
        what = f'its last checkpoint in {runner.work_dir}' if runner._resume else f'{load_from}, as it has none yet'
        runner.logger.info(f'This run resumes from {what}.')

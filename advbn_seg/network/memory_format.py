"""Channels-last weights: quicker convolutions on CPUs and on tensor cores, with the same results but for rounding."""
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

Value = TypeVar('Value')

# What torch says where `view` wants features in rows of pixels. A message is all that tells it from other errors.
NEEDS_ROWS = 'view size is not compatible'


def to_channels_last(model: nn.Module) -> None:
    """Keep the weights of the model's convolutions channels-last, and so the feature maps that they return."""
    _lay_out(model, torch.channels_last)


def to_rows(model: nn.Module) -> None:
    """Undo `to_channels_last`, for a model that cannot be run so."""
    _lay_out(model, torch.contiguous_format)


def in_either_layout(model: nn.Module, run: Callable[[], Value]) -> Value:
    """Return what `run()` returns; where the model wants rows, after `to_rows` for good."""
    try:
        return run()
    except RuntimeError as error:
        if NEEDS_ROWS not in str(error):
            raise
    to_rows(model)
    return run()


def _lay_out(model: nn.Module, memory_format: torch.memory_format) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            for parameter in module.parameters(recurse=False):
                if parameter.ndim == 4:
                    parameter.data = parameter.data.contiguous(memory_format=memory_format)
    torch.clear_autocast_cache()  # of casts in the layout before

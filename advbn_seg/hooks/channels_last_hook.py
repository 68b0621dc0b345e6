"""Channels-last weights: quicker convolutions, above all depthwise ones on CPUs and any on tensor cores."""
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ..runtime.compat.runner import unwrapped


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keeps the model's convolution weights, and so its feature maps, in the channels-last memory format.

        default_hooks = dict(channels_last=dict(type='ChannelsLastHook'))

    Results change by float rounding only.
    """

    def before_run(self, runner):
        unwrapped(runner.model).to(memory_format=torch.channels_last)

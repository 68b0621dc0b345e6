"""Adversarial feature perturbations for any PyTorch training loop. torch only.

    advbn = AdvBN(model, layer='layer1')
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y))
    (clean + adversarial).backward()
"""
from .attack import ascend
from .dual_norm import NORM_BRANCHES, DualNorm, use_branch
from .freeze import FrozenModules
from .objective import AdvBN
from .perturbations import ChannelStatistics
from .split import Split
from .statistics import channel_mean, shift_statistics

__all__ = ['AdvBN', 'ChannelStatistics', 'DualNorm', 'FrozenModules', 'NORM_BRANCHES', 'Split', 'ascend',
           'channel_mean', 'shift_statistics', 'use_branch']

"""Adversarial feature perturbations for any PyTorch training loop. torch only.

    advbn = AdvBN(model, layer='layer1')
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y))
    (clean + adversarial).backward()
"""
from .advbn import AdvBN
from .attack import ascend
from .branch_choice import NORM_CHOICES, nearest_branch
from .dual_norm import NORM_BRANCHES, DualNorm, plain_state_dict, use_branch
from .freeze import FrozenModules
from .objective import AdversarialTraining
from .perturbations import ChannelStatistics
from .pixels import AdvProp, Pixels
from .split import Split
from .statistics import channel_mean, shift_statistics

__all__ = ['AdvBN', 'AdvProp', 'AdversarialTraining', 'ChannelStatistics', 'DualNorm', 'FrozenModules',
           'NORM_BRANCHES', 'NORM_CHOICES', 'Pixels', 'Split', 'ascend', 'channel_mean', 'nearest_branch',
           'plain_state_dict', 'shift_statistics', 'use_branch']

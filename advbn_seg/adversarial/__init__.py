"""Adversarial feature perturbations for any PyTorch training loop. torch only.

    advbn = AdvBN(model, layer='layer1')
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y))
    (clean + adversarial).backward()
"""
from ..network.branches import NORM_BRANCHES, NORM_CHOICES
from ..network.dual_norm import DualNorm, plain_state_dict, use_branch
from ..network.freeze import FrozenModules
from ..network.input_split import InputSplit
from ..network.insertion import Insertion
from ..network.split import Split
from ..perturbations.channel_statistics import ChannelStatistics
from ..perturbations.pixels import Pixels
from ..perturbations.statistics import channel_mean, shift_statistics
from .advbn import AdvBN
from .advprop import AdvProp
from .attack import Attack, ascend
from .branch_selection import nearest_branch
from .training import AdversarialTraining

__all__ = ['AdvBN', 'AdvProp', 'AdversarialTraining', 'Attack', 'ChannelStatistics', 'DualNorm', 'FrozenModules',
           'InputSplit', 'Insertion', 'NORM_BRANCHES', 'NORM_CHOICES', 'Pixels', 'Split', 'ascend', 'channel_mean',
           'nearest_branch', 'plain_state_dict', 'shift_statistics', 'use_branch']

"""A small network for tests, given as its two halves."""
import torch
from torch import nn


def halves(seed=0, norm=nn.BatchNorm2d):
    """A prefix and a suffix with norms and dropout in both."""
    torch.manual_seed(seed)
    prefix = nn.Sequential(nn.Conv2d(3, 8, 3), norm(8), nn.ReLU())
    suffix = nn.Sequential(nn.Conv2d(8, 8, 3), norm(8), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(8, 8, 3), norm(8),
                           nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))
    return prefix, suffix

"""A small network for tests, given as its two halves, and attached."""
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN

ATTACK = dict(num_steps=3, step_size=0.2, eps=0.5)


def halves(seed=0, norm=nn.BatchNorm2d):
    """A prefix and a suffix with norms and dropout in both."""
    torch.manual_seed(seed)
    prefix = nn.Sequential(nn.Conv2d(3, 8, 3), norm(8), nn.ReLU())
    suffix = nn.Sequential(nn.Conv2d(8, 8, 3), norm(8), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(8, 8, 3), norm(8),
                           nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))
    return prefix, suffix


def batch():
    """Eight images and their classes."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 3, 12, 12, generator=generator), torch.randint(5, (8,), generator=generator)


def attached(**options):
    """(model, AdvBN) of the reference network; '0' is the prefix."""
    model = nn.Sequential(*halves())
    return model, AdvBN(model, '0', **ATTACK, **options)


def losses(model, advbn, batch):
    x, y = batch
    return advbn.losses(lambda: F.cross_entropy(model(x), y))

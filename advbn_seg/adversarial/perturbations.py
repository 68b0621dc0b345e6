"""What an adversary may change, one small class each.

A perturbation answers three questions: where the ascent starts (`start`), what its variables do to the
feature (`apply`), and which values are allowed (`project`).
"""
import torch
from torch.nn import functional as F

from .statistics import channel_dim, shift_statistics


class ChannelStatistics:
    """AdvBN's adversary: the mean and standard deviation of each channel (Eq. 1 and the constraint of Eq. 2).

    Args:
        eps: radius of the ball ||delta - 1||_inf <= eps, as a fraction of the statistic.
        clamp: whether a ReLU follows the shift, so that the feature stays in the range of a ReLU's output.
        random_start: start at uniformly random allowed deltas instead of at 1.
    """

    def __init__(self, eps=0.5, clamp=False, random_start=False):
        if not eps > 0:
            raise ValueError(f'eps must be positive, found {eps}')
        self.eps = eps
        self.clamp = clamp
        self.random_start = random_start

    def start(self, feature):
        """The first (delta_mean, delta_std), float32 and (C,) each."""
        shape = (2, feature.shape[channel_dim(feature)])
        deltas = torch.ones(shape, device=feature.device)
        if self.random_start:
            deltas = deltas + self.eps * (2 * torch.rand_like(deltas) - 1)
        return deltas.unbind()

    def apply(self, feature, delta_mean, delta_std):
        """The perturbed feature, of the feature's shape."""
        shifted = shift_statistics(feature, delta_mean, delta_std)
        return F.relu(shifted) if self.clamp else shifted

    def project(self, delta):
        return delta.clamp(1 - self.eps, 1 + self.eps)

"""What an adversary may change, one small class each.

A perturbation answers three questions: where the ascent starts (`start`: at none, or at a random one that is
allowed), what its variables do to the features, a tuple of maps (`apply`), and which values are allowed (`project`).
"""
import torch
from torch.nn import functional as F

from ..errors import UserError
from ..network.collectives import from_first_rank
from .statistics import channel_dim, shift_statistics


def num_channels(feature):
    return feature.shape[channel_dim(feature)]


class ChannelStatistics:
    """AdvBN's adversary: the mean and standard deviation of each channel (Eq. 1 and the constraint of Eq. 2).

    Args:
        eps: radius of the ball ||delta - 1||_inf <= eps, as a fraction of the statistic.
        clamp: whether a ReLU follows the shift, so that the feature stays in the range of a ReLU's output.
        over_ranks: statistics over the batches of all processes, whose deltas start alike.
    """

    def __init__(self, eps=0.5, clamp=False, over_ranks=False):
        if not eps > 0:
            raise UserError(f'eps must be positive, found {eps}')
        self.eps = eps
        self.clamp = clamp
        self.over_ranks = over_ranks

    def start(self, features, random=False):
        """The first (delta_mean, delta_std), (C,) each, where C counts the channels of all maps."""
        deltas = torch.ones((2, sum(map(num_channels, features))), device=features[0].device)
        if random:
            deltas = deltas + self.eps * (2 * torch.rand_like(deltas) - 1)
            if self.over_ranks:
                deltas = from_first_rank(deltas)
        return deltas.unbind()

    def apply(self, features, delta_mean, delta_std):
        """The perturbed features, of the features' shapes."""
        sizes = [num_channels(feature) for feature in features]
        shifted = (shift_statistics(*each, self.over_ranks)
                   for each in zip(features, delta_mean.split(sizes), delta_std.split(sizes)))
        return tuple(map(F.relu, shifted) if self.clamp else shifted)

    def project(self, delta):
        return delta.clamp(1 - self.eps, 1 + self.eps)

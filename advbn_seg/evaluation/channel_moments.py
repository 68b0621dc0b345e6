"""Mean and variance of each channel over a whole set of images, of which no more than one batch is in memory."""
import torch

from ..perturbations.statistics import channel_dim


class ChannelMoments:
    """Mean and variance of each channel over all positions of all images that were added.

    In float64, by the update of Chan, Golub and LeVeque (1979): sums of squares would lose the variance of a channel
    whose mean is large.

    Attributes:
        count (int): positions of all images so far.
        mean, var (Tensor): (C,); the variance is that of the set, over `count`.

    Example:
        >>> moments = ChannelMoments()
        >>> moments.add(torch.tensor([[[[1., 3.]]]]))
        >>> moments.add(torch.tensor([[[[5., 7.]]]]))
        >>> moments.count, moments.mean.item(), moments.var.item()
        (4, 4.0, 5.0)
    """

    def __init__(self):
        self.count, self.mean, self.var = 0, 0., 0.

    def add(self, feature):
        """Add a batch of feature maps (B, C, H, W) or token maps (B, N, C)."""
        values = feature.detach().movedim(channel_dim(feature), 0).flatten(1).double()
        var, mean = torch.var_mean(values, 1, correction=0)
        before, self.count = self.count, self.count + values.shape[1]
        new, gap = values.shape[1] / self.count, mean - self.mean
        self.mean = self.mean + new * gap
        self.var = self.var + new * (var - self.var) + new * (before / self.count) * gap ** 2

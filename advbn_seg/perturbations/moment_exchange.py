"""MoEx (Li et al., https://arxiv.org/abs/2002.11102): the moments of images at each position, swapped."""
import torch
from torch import Tensor

from .base import Maps, Perturbation
from .statistics import channel_dim


class MomentExchange(Perturbation):
    """Gives each position of an image the moments over channels that another image of the batch has there.

    f' = (f - mu) / sigma * sigma[partner] + mu[partner], with mu and sigma over the channels of one position (PONO).
    Partners are of the same process. All moments carry the gradient, as in the authors' code. The authors place it
    after the first max-pooling, and mix the losses for the labels of both images; `MoExHook` does.

    Args:
        variance_eps: added to the variance.

    Example:
        >>> x = torch.rand(4, 8, 5, 5)
        >>> perturbed, = MomentExchange()((x,))
        >>> perturbed.shape
        torch.Size([4, 8, 5, 5])
    """

    def __init__(self, variance_eps: float = 1e-5):
        self.variance_eps = variance_eps

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return (partner,): the index of the image that each one gets its moments from, (B,)."""
        return torch.randperm(len(maps[0]), device=maps[0].device),

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        """Return the maps with the moments of the partners, (B,)."""
        partner, = variables
        return tuple(self._exchange(feature, partner) for feature in maps)

    def _exchange(self, feature: Tensor, partner: Tensor) -> Tensor:
        precise = feature.to(torch.promote_types(feature.dtype, torch.float32))
        channels = channel_dim(feature)
        variance, mean = torch.var_mean(precise, dim=channels, keepdim=True,
                                        correction=int(feature.shape[channels] > 1))  # of one channel it is 0, not NaN
        std = (variance + self.variance_eps).sqrt()
        scale = std[partner] / std
        return (precise * scale + (mean[partner] - scale * mean)).to(feature.dtype)

"""EFDMix (Zhang et al., https://arxiv.org/abs/2203.07740): the distributions of two images' features, mixed."""
import torch
from torch import Tensor

from .arguments import positive
from .base import Maps, Perturbation
from .mixstyle import draw_mixing
from .statistics import channel_dim


class EFDMix(Perturbation):
    """Mixes each value with the one of the same rank in a random other image, channel by channel.

    It is `MixStyle` with all moments in the place of two: f + (1 - w) (f' - f), with w ~ Beta(alpha, alpha) for each
    image. f' has the partner's values in the order of f. The gradient passes through f as if nothing were mixed,
    and through f'. Partners are of the same process. The authors place it where MixStyle is, in half of the steps.

    Args:
        alpha: of the Beta distribution.

    Raises:
        UserError: if `alpha` is not positive.

    Example:
        >>> x = torch.tensor([[[[1., 3.]]], [[[8., 6.]]]])
        >>> of_same_rank(x, torch.tensor([1, 0])).flatten(1)
        tensor([[6., 8.],
                [3., 1.]])
    """

    def __init__(self, alpha: float = 0.1):
        positive('alpha', alpha)
        self.alpha = alpha

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return what is added to each map, of its shape."""
        weight, partner = draw_mixing(maps, self.alpha)
        return tuple((1 - weight).to(feature.dtype).view(-1, *[1] * (feature.ndim - 1))
                     * (of_same_rank(feature, partner) - feature.detach()) for feature in maps)

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        return tuple(map(torch.add, maps, variables))

    def fits(self, variables: tuple[Tensor, ...], maps: Maps) -> bool:
        return [variable.shape for variable in variables] == [feature.shape for feature in maps]


def of_same_rank(feature: Tensor, partner: Tensor) -> Tensor:
    """Return the values of each image's partner in the order of the image's own, for each channel.

    Args:
        feature: (B, C, H, W) or (B, N, C).
        partner: (B,) indices of images.
    """
    channels_first = feature.movedim(channel_dim(feature), 1)
    ordered, order = channels_first.flatten(2).sort(-1)
    ranked = ordered[partner].gather(-1, order.argsort(-1))
    return ranked.view(channels_first.shape).movedim(1, channel_dim(feature))

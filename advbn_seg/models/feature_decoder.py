"""A decoder from the features of a layer back to the image, after AdaIN (https://arxiv.org/abs/1703.06868)."""
import torch
from torch import nn

from ..errors import UserError

WIDTHS = (64, 128, 256, 512, 512)  # of VGG-19's convolutions at stride 1, 2, 4, 8, 16
DEPTHS = (2, 2, 4, 4, 4)  # and how many there are


class FeatureDecoder(nn.Sequential):
    """VGG-19 up to a layer, mirrored: reflection-padded 3x3 convolutions, nearest-neighbour upsampling, linear output.

    One convolution goes from the layer's channels to VGG's width one stride finer. Each finer stride then has as many
    convolutions as VGG-19 has there. For 512 channels at stride 8, VGG's relu4_1, this is AdaIN's decoder.

    Args:
        channels: C of the layer.
        stride: of the layer, a power of two from 2 to 32.

    Raises:
        UserError: for another stride.

    Example:
        >>> FeatureDecoder(24, stride=4)(torch.zeros(1, 24, 7, 9)).shape
        torch.Size([1, 3, 28, 36])
        >>> [layer.out_channels for layer in FeatureDecoder(512, 8) if isinstance(layer, nn.Conv2d)]
        [256, 256, 256, 256, 128, 128, 64, 64, 3]
    """

    def __init__(self, channels: int, stride: int):
        strides = [2 ** level for level in range(1, len(WIDTHS) + 1)]
        if stride not in strides:
            raise UserError(f'a decoder doubles the size of its features up to that of the image, so the layer needs '
                            f'one of the strides {strides}, found {stride}')
        levels = range(strides.index(stride), -1, -1)
        layers: list[nn.Module] = convolution(channels, WIDTHS[levels[0]])
        for level in levels:
            layers.append(nn.Upsample(scale_factor=2))
            for _ in range(DEPTHS[level] - 1):
                layers += convolution(WIDTHS[level], WIDTHS[level])
            layers += convolution(WIDTHS[level], WIDTHS[level - 1] if level else 3)
        super().__init__(*layers[:-1])  # no ReLU at the end


def convolution(channels: int, width: int) -> list[nn.Module]:
    """Return a 3x3 convolution and its ReLU; reflection keeps the border from darkening."""
    return [nn.Conv2d(channels, width, 3, padding=1, padding_mode='reflect'), nn.ReLU()]


def total_variation(images: torch.Tensor) -> torch.Tensor:
    """Return the sum of absolute differences of neighbouring pixels, over all channels; the mean over the images.

    Args:
        images: (B, C, H, W).

    Example:
        >>> total_variation(torch.tensor([[[[0., 1.], [0., 3.]]]]))
        tensor(6.)
    """
    across, down = images.diff(dim=3).abs().sum(), images.diff(dim=2).abs().sum()
    return (across + down) / len(images)

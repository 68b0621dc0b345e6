"""mmseg's dilated ResNets, told where their AdvBN layer sits."""
import re

from mmseg.models.backbones import ResNet, ResNetV1c
from mmseg.registry import MODELS

from ..errors import UserError


def block_path(name, depths):
    """Return the module path of a residual block by its name in the ResNet paper: 'conv2_3' is 'layer1.2'.

    Args:
        name: 'conv{stage + 1}_{block}', both counted from 1.
        depths: number of blocks of each stage.

    Raises:
        UserError: if there is no such block.
    """
    match = re.fullmatch(r'conv([2-9])_(\d+)', name)
    stage, block = (int(match[1]) - 1, int(match[2])) if match else (0, 0)
    if not (1 <= stage <= len(depths) and 1 <= block <= depths[stage - 1]):
        last = ', '.join(f'conv{index + 2}_{depth}' for index, depth in enumerate(depths))
        raise UserError(f'advbn_layer {name!r} is not a block of this ResNet; the last of its stages are {last}')
    return f'layer{stage}.{block - 1}'


class AdvBNLayerMixin:
    """Names the block of a ResNet after which AdvBN sits, for `AdvBNHook` and `FrozenPrefixHook` to find.

    Args:
        advbn_layer: the block after which AdvBN sits, by its name in the ResNet paper: 'conv2_3', 'conv3_4', 'conv4_6'.

    Attributes:
        advbn_layer: that block's module path, e.g. 'layer1.2'.

    The state dict is that of the plain backbone, so torchvision's and mmseg's weights load.
    """

    def __init__(self, *args, advbn_layer='conv2_3', **kwargs):
        super().__init__(*args, **kwargs)
        self.advbn_layer = block_path(advbn_layer, self.stage_blocks)

    def train(self, mode=True):
        super().train(mode)
        return self  # mmseg's own returns None


@MODELS.register_module()
class AdvBNResNet(AdvBNLayerMixin, ResNet):
    """ResNet with torchvision's stem."""


@MODELS.register_module()
class AdvBNResNetV1c(AdvBNLayerMixin, ResNetV1c):
    """ResNet with a stem of three 3x3 convolutions, as mmseg's ImageNet weights have it."""

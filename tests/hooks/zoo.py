"""Models from configs in the wheels of mmseg and mmpretrain, made narrow, and the layers that AdvBN attaches to."""
from dataclasses import dataclass, field
from functools import reduce
from operator import getitem
from pathlib import Path

import mmpretrain
import mmseg
from mmengine.config import Config

LIBRARIES = {library.__name__: Path(library.__file__).parent / '.mim/configs' for library in (mmseg, mmpretrain)}
WIDTHS = ('base_channels', 'bga_channels', 'c1_channels', 'c1_in_channels', 'channels', 'detail_channels', 'embed_dims',
          'in_channels', 'last_in_channels', 'num_channels', 'ocr_channels', 'out_channels', 'ppm_channels',
          'semantic_channels')
CLASSES = 2
SIZE = 64  # of images, in pixels


@dataclass
class Entry:
    """A model of the zoo.

    Args:
        name: of the model, as people know it.
        config: path of the config in `library`'s configs.
        stem: an earlier layer, the recipe's first place.
        layer: after which AdvBN sits.
        narrow: what its widths are divided by.
        changes: to the model's config after that, by dotted keys.
    """
    name: str
    config: str
    stem: str
    layer: str
    narrow: int = 8
    changes: dict = field(default_factory=dict)
    library: str = 'mmseg'

    def model(self):
        """The model's config: narrow, of two classes, for any size of image, without pretrained weights or SyncBN."""
        model = _small(Config.fromfile(LIBRARIES[self.library] / self.config).model.to_dict(), self.narrow)
        preprocessor = dict(size=None, size_divisor=1) if self.library == 'mmseg' else dict(num_classes=CLASSES)
        model['data_preprocessor'] = {**model.get('data_preprocessor', {}), **preprocessor}
        for path, value in self.changes.items():
            *parents, key = path.split('.')
            reduce(getitem, parents, model)[key] = value
        return model


def _small(node, factor):
    if isinstance(node, (list, tuple)):
        return [_small(item, factor) for item in node]
    if not isinstance(node, dict):
        return 'BN' if node == 'SyncBN' else node
    return {key: _narrow(value, factor) if key in WIDTHS else CLASSES if key == 'num_classes' else _small(value, factor)
            for key, value in node.items() if key not in ('pretrained', 'checkpoint', 'init_cfg', 'class_weight')}


def _narrow(width, factor):
    if isinstance(width, (list, tuple)):
        return [_narrow(item, factor) for item in width]
    return width // factor if width > 3 else width  # an image has 3 channels


FCN = dict(type='FCNHead', in_channels=576, channels=16, num_classes=CLASSES, norm_cfg=dict(type='BN'))
SHALLOW_HRNET = {f'backbone.extra.stage{stage}': dict(
    num_modules=1, num_branches=stage, block='BASIC' if stage > 1 else 'BOTTLENECK', num_blocks=(1,) * stage,
    num_channels=(3, 6, 12, 24)[:stage]) for stage in (1, 2, 3, 4)}

ZOO = [
    Entry('FCN, ResNetV1c-50', '_base_/models/fcn_r50-d8.py', 'backbone.maxpool', 'backbone.layer1',
          16, {'backbone.base_channels': 4}),
    Entry('FCN, ResNeXt-50', '_base_/models/fcn_r50-d8.py', 'backbone.maxpool', 'backbone.layer1',
          16, {'backbone.type': 'ResNeXt', 'backbone.groups': 4, 'backbone.base_channels': 4}),
    Entry('PSPNet, ResNet-50', '_base_/models/pspnet_r50-d8.py', 'backbone.maxpool', 'backbone.layer1',
          16, {'backbone.type': 'ResNet', 'backbone.base_channels': 4}),
    Entry('DeepLabV3+, ResNetV1c-50', '_base_/models/deeplabv3plus_r50-d8.py', 'backbone.maxpool', 'backbone.layer1',
          16, {'backbone.base_channels': 4}),
    Entry('FCN, HRNet-W18', '_base_/models/fcn_hr18.py', 'backbone.layer1', 'backbone.stage2', 6, SHALLOW_HRNET),
    Entry('OCRNet, HRNet-W18', '_base_/models/ocrnet_hr18.py', 'backbone.bn2', 'backbone.layer1', 6, SHALLOW_HRNET),
    Entry('FCN, MobileNetV2', 'mobilenet_v2/mobilenet-v2-d8_fcn_4xb2-80k_cityscapes-512x1024.py', 'backbone.conv1',
          'backbone.layer2', 1, {'backbone.widen_factor': 0.25, 'decode_head.in_channels': 80,
                                 'auxiliary_head.in_channels': 24, 'decode_head.channels': 32}),
    Entry('FCN, MobileNetV3', '_base_/models/lraspp_m-v3-d8.py', 'backbone.layer0', 'backbone.layer3',
          1, {'backbone.arch': 'small', 'backbone.out_indices': (12,), 'decode_head': FCN}),  # LR-ASPP wants 400 pixels
    Entry('FCN, UNet', '_base_/models/fcn_unet_s5-d16.py', 'backbone.encoder.0', 'backbone.encoder.1',
          16, {'test_cfg.mode': 'whole'}),
    Entry('BiSeNetV2', '_base_/models/bisenetv2.py', 'backbone.detail.detail_branch.0',
          'backbone.detail.detail_branch.1'),
    Entry('STDC', '_base_/models/stdc.py', 'backbone.backbone.stages.0', 'backbone.backbone.stages.1'),
    Entry('PIDNet-S', 'pidnet/pidnet-s_2xb6-120k_1024x1024-cityscapes.py', 'backbone.stem.0', 'backbone.stem.3', 8),
    Entry('UPerNet, Swin-T', '_base_/models/upernet_swin.py', 'backbone.patch_embed', 'backbone.stages.0',
          8, {'backbone.depths': [1, 1, 2, 1]}),
    Entry('SegFormer, MiT-B0', '_base_/models/segformer_mit-b0.py', 'backbone.layers.0.0', 'backbone.layers.0.2', 4),
    Entry('UPerNet, ViT-B', '_base_/models/upernet_vit-b16_ln_mln.py', 'backbone.patch_embed', 'backbone.layers.1',
          32, {'backbone.img_size': (SIZE, SIZE)}),
    Entry('UPerNet, ConvNeXt-B', '_base_/models/upernet_convnext.py', 'backbone.downsample_layers.0',
          'backbone.stages.0', 16, {'backbone.arch': dict(depths=[1, 1, 2, 1], channels=[8, 16, 32, 64]),
                                    'auxiliary_head.in_channels': 32}),
    Entry('ResNet-18', '_base_/models/resnet18.py', 'backbone.maxpool', 'backbone.layer1',
          8, {'backbone.base_channels': 8}, 'mmpretrain'),
    Entry('DenseNet-121', '_base_/models/densenet/densenet121.py', 'backbone.stem', 'backbone.stages.0',
          1, {'backbone.arch': dict(growth_rate=4, depths=[2, 2, 2, 2], init_channels=8), 'head.in_channels': 16},
          'mmpretrain'),
    Entry('EfficientNet-B0', '_base_/models/efficientnet_b0.py', 'backbone.layers.0', 'backbone.layers.2',
          1, library='mmpretrain'),
    Entry('ConvNeXt-T', '_base_/models/convnext/convnext-tiny.py', 'backbone.downsample_layers.0', 'backbone.stages.0',
          8, {'backbone.arch': dict(depths=[1, 1, 2, 1], channels=[12, 24, 48, 96])}, 'mmpretrain'),
    Entry('Swin-T', '_base_/models/swin_transformer/tiny_224.py', 'backbone.patch_embed', 'backbone.stages.0',
          8, {'backbone.arch': dict(embed_dims=12, depths=[1, 1, 2, 1], num_heads=[1, 2, 4, 8]),
              'backbone.img_size': SIZE, 'backbone.pad_small_map': True}, 'mmpretrain'),
]

TORCHVISION = {  # model: layer
    'inception_v3': 'maxpool1',
    'googlenet': 'maxpool1',
    'densenet121': 'features.transition1',
    'mobilenet_v3_small': 'features.1',
    'efficientnet_b0': 'features.2',
    'regnet_y_400mf': 'trunk_output.block1',
    'shufflenet_v2_x0_5': 'maxpool',
}

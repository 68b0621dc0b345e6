"""Models of torchvision and timm, made small, and layers of theirs at several depths."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import timm
import torchvision.models as vision
from timm.models.focalnet import FocalNet
from timm.models.metaformer import MetaFormer
from timm.models.mlp_mixer import MlpMixer
from timm.models.nest import Nest
from timm.models.volo import VOLO
from torch import nn
from torchvision.models import segmentation, swin_transformer
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.resnet import BasicBlock, Bottleneck

CLASSES = 3
SEEMS_LAST = 'seems channels-last, .*: set channel_dim=-1'


@dataclass
class Entry:
    """A model, and layers of it to perturb.

    Args:
        name: of the model, as people know it.
        build: returns one without weights.
        layers: their paths.
        size: of the images, in pixels.
        channel_dim: see `Split`.
        trace: whether the modules run in another order than they are registered in.
        refused: what the refusal of these layers says; None if they serve.
        quick: whether the quick tests try it.
    """
    name: str
    build: Callable[[], nn.Module]
    layers: Sequence[str]
    size: int = 32
    channel_dim: int | None = None
    trace: bool = False
    refused: str | None = None
    quick: bool = False


def torchvision(name, *args, **kwargs):
    return partial(getattr(vision, name), *args, num_classes=CLASSES, **kwargs)


def segmentor(name):
    return partial(getattr(segmentation, name), weights=None, weights_backbone=None, num_classes=CLASSES)


def of_timm(model, *args, **kwargs):
    """Of a name, or of a class."""
    make = partial(timm.create_model, model) if isinstance(model, str) else model
    return partial(make, *args, num_classes=CLASSES, **kwargs)


SWIN = ([4, 4], 8, [1, 1], [1, 2], [4, 4])
SWIN_V2 = dict(block=swin_transformer.SwinTransformerBlockV2, downsample_layer=swin_transformer.PatchMergingV2)
TIMM_SWIN = dict(img_size=32, window_size=4, embed_dim=8, depths=(1, 1), num_heads=(1, 2))
CONVNEXT = torchvision('ConvNeXt', [CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)])
OUTLOOKER = of_timm(VOLO, layers=(1, 1), img_size=32, embed_dims=(16, 32), num_heads=(2, 2), downsamples=(True, False),
                    outlook_attention=(True, False), use_mix_token=False, post_layers=('ca',))
TWINS = of_timm('twins_svt_small', img_size=64, embed_dims=(8, 16, 16, 16), depths=(1, 1, 1, 1),
                num_heads=(1, 2, 2, 2))
DEPTHS = dict(depths=(1, 1, 1, 1), dims=(8, 16, 16, 16))

ENTRIES = [
    Entry('ResNet', torchvision('ResNet', BasicBlock, [1, 1, 1, 1]),
          ['conv1', 'bn1', 'relu', 'maxpool', 'layer1', 'layer2.0', 'layer4']),
    Entry('ResNet', torchvision('ResNet', BasicBlock, [1, 1, 1, 1]), ['layer3.0.downsample'],
          refused='changes in place what a module before layer .* returned', quick=True),
    Entry('ResNeXt', torchvision('ResNet', Bottleneck, [1, 1, 1, 1], groups=4, width_per_group=4),
          ['relu', 'layer1.0.conv2', 'layer3']),
    Entry('DenseNet', torchvision('DenseNet', 4, (2, 2, 2, 2), 8), [
        'features.pool0', 'features.denseblock1', 'features.denseblock1.denselayer1', 'features.transition1',
        'features.denseblock3', 'features.norm5'], quick=True),
    Entry('EfficientNet-B0', torchvision('efficientnet_b0'), ['features.0', 'features.2']),
    Entry('MobileNetV2', torchvision('MobileNetV2', width_mult=0.25),
          ['features.0', 'features.4', 'features.10.conv.1']),
    Entry('MobileNetV3', torchvision('mobilenet_v3_small'), ['features.0', 'features.4', 'features.9']),
    Entry('RegNet', torchvision('regnet_y_400mf'), ['stem', 'trunk_output.block1', 'trunk_output.block2'],
          64),  # at 32 pixels the last batch norms see two values a channel, and blow rounding up
    Entry('ShuffleNetV2', torchvision('shufflenet_v2_x0_5'), ['maxpool', 'stage2', 'stage3.1']),
    Entry('Inception v3', torchvision('inception_v3', init_weights=False, aux_logits=False), ['Mixed_5b', 'Mixed_6a'],
          75),
    Entry('GoogLeNet', torchvision('googlenet', init_weights=False), ['maxpool1', 'inception3a', 'inception4a'], 48),
    Entry('SqueezeNet', torchvision('squeezenet1_1'), ['features.2', 'features.5']),
    Entry('MNASNet', torchvision('mnasnet0_5'), ['layers.2', 'layers.9']),
    Entry('ViT', torchvision('VisionTransformer', 32, 8, 2, 2, 16, 32),
          ['conv_proj', 'encoder.dropout', 'encoder.layers.encoder_layer_0'], quick=True),
    Entry('Swin', torchvision('SwinTransformer', *SWIN), ['features.0', 'features.1', 'features.1.0', 'features.2'],
          channel_dim=-1, quick=True),
    Entry('Swin', torchvision('SwinTransformer', *SWIN), ['features.1'], refused=SEEMS_LAST, quick=True),
    Entry('SwinV2', torchvision('SwinTransformer', *SWIN, **SWIN_V2), ['features.1', 'features.2'], channel_dim=-1),
    Entry('ConvNeXt', CONVNEXT, ['features.0', 'features.1', 'features.2'], 64, quick=True),
    Entry('ConvNeXt, told', CONVNEXT, ['features.0', 'features.1'], channel_dim=1),
    Entry('ConvNeXt, as many rows as channels', CONVNEXT, ['features.0', 'features.1'], refused=SEEMS_LAST),
    Entry('MaxViT', torchvision('MaxVit', (64, 64), 8, 2, [8, 16], [1, 1], 8, 0.), ['stem', 'blocks.0'], 64),
    Entry('FCN, ResNet-50', segmentor('fcn_resnet50'), ['backbone', 'backbone.layer2']),
    Entry('DeepLabV3, MobileNetV3', segmentor('deeplabv3_mobilenet_v3_large'), ['backbone.1', 'backbone.6']),
    Entry('LR-ASPP, MobileNetV3', segmentor('lraspp_mobilenet_v3_large'), ['backbone', 'backbone.3', 'backbone.12']),
    Entry('timm ResNet', of_timm('test_resnet'), ['maxpool', 'layer1', 'layer2'], quick=True),
    Entry('timm ResNet, features only', partial(timm.create_model, 'test_resnet', features_only=True),
          ['layer1', 'layer2']),
    Entry('timm EfficientNet', of_timm('test_efficientnet'), ['bn1', 'blocks.0', 'blocks.1']),
    Entry('timm EfficientNet, group norm', of_timm('test_efficientnet_gn'), ['bn1', 'blocks.1']),
    Entry('timm EfficientNet, EvoNorm', of_timm('test_efficientnet_evos'), ['blocks.1']),
    Entry('timm NFNet', of_timm('test_nfnet'), ['stem', 'stages.0']),
    Entry('timm ByobNet', of_timm('test_byobnet'), ['stem', 'stages.1']),
    Entry('timm MambaOut', of_timm('test_mambaout'), ['stem', 'stages.0'], channel_dim=-1),
    Entry('timm MambaOut', of_timm('test_mambaout'), ['stages.0'], refused=SEEMS_LAST),
    Entry('timm ConvNeXt', of_timm('test_convnext'), ['stem', 'stages.0', 'stages.1']),
    Entry('timm ViT', of_timm('test_vit', img_size=32), ['patch_embed', 'blocks.0', 'blocks.1.mlp']),
    Entry('timm Swin', of_timm('swin_tiny_patch4_window7_224', **TIMM_SWIN), ['patch_embed', 'layers.0'],
          channel_dim=-1),
    Entry('timm SwinV2', of_timm('swinv2_tiny_window8_256', **TIMM_SWIN), ['layers.0'], channel_dim=-1),
    Entry('timm VOLO', OUTLOOKER, ['patch_embed', 'network.0'], channel_dim=-1),
    Entry('timm VOLO', OUTLOOKER, ['network.0'], refused=SEEMS_LAST),
    Entry('timm PoolFormer', of_timm(MetaFormer, **DEPTHS), ['stem', 'stages.0', 'stages.2'], quick=True),
    Entry('timm MaxViT', of_timm('maxvit_pico_rw_256', img_size=64, embed_dim=(32, 32), depths=(1, 1)),
          ['stem', 'stages.0'], 64),
    Entry('timm CoAtNet', of_timm('coatnet_pico_rw_224', img_size=64), ['stages.0'], 64),
    Entry('timm HRNet', of_timm('hrnet_w18_small'), ['layer1', 'stage2']),
    Entry('timm DPN', of_timm('dpn48b'), ['features.conv1_1', 'features.conv2_1']),
    Entry('timm DLA', of_timm('dla46_c'), ['level1', 'level3']),
    Entry('timm Res2Net', of_timm('res2net50_14w_8s', layers=(1, 1, 1, 1)), ['layer1']),
    Entry('timm ResNeSt', of_timm('resnest14d'), ['layer1']),
    Entry('timm SKNet', of_timm('skresnet18'), ['layer1']),
    Entry('timm SENet', of_timm('seresnet18'), ['layer1']),
    Entry('timm ReXNet', of_timm('rexnetr_100'), ['features.3']),
    Entry('timm GhostNet', of_timm('ghostnet_050'), ['blocks.2']),
    Entry('timm MobileNetV4', of_timm('mobilenetv4_conv_small_050'), ['blocks.0', 'blocks.2']),
    Entry('timm MobileViTv2', of_timm('mobilevitv2_050'), ['stages.1', 'stages.3'], 64),
    Entry('timm EdgeNeXt', of_timm('edgenext_xx_small'), ['stages.0', 'stages.1'], 64),
    Entry('timm VoVNet', of_timm('ese_vovnet19b_slim'), ['stages.0']),
    Entry('timm LeViT', of_timm('levit_128s'), ['stages.0'], 224),
    Entry('timm PVTv2', of_timm('pvt_v2_b0'), ['stages.0', 'stages.1']),
    Entry('timm PVTv2', of_timm('pvt_v2_b0'), ['patch_embed'], channel_dim=-1),
    Entry('timm Twins', TWINS, ['patch_embeds.0.norm', 'blocks.1.0'], 64, trace=True),
    Entry('timm Twins', TWINS, ['blocks.1.0'], 64, refused=r'did not run in the order .*, pass trace=lambda: model\(x'),
    Entry('timm Twins', TWINS, ['blocks.1'], 64, refused='is a ModuleList, which does not run .* one of blocks.1.0'),
    Entry('timm XCiT', of_timm('xcit_nano_12_p16_224', img_size=64, depth=2), ['blocks.0'], 64),
    Entry('timm MLP-Mixer', of_timm(MlpMixer, img_size=32, patch_size=8, num_blocks=2, embed_dim=16),
          ['stem', 'blocks.0']),
    Entry('timm CaiT', of_timm('cait_xxs24_224', img_size=32, patch_size=8, depth=2, embed_dim=32), ['blocks.0']),
    Entry('timm BEiT', of_timm('beit_base_patch16_224', img_size=32, patch_size=8, depth=2, embed_dim=16, num_heads=2),
          ['blocks.0']),
    Entry('timm EVA-02', of_timm('eva02_tiny_patch14_224', img_size=28, depth=2), ['blocks.0'], 28),
    Entry('timm TinyViT', of_timm('tiny_vit_5m_224'), ['stages.0', 'stages.1'], 64),
    Entry('timm FastViT', of_timm('fastvit_t8'), ['stages.0'], 64),
    Entry('timm RepViT', of_timm('repvit_m0_9'), ['stages.0']),
    Entry('timm FocalNet', of_timm(FocalNet, embed_dim=8, depths=(1, 1, 1, 1)), ['layers.0', 'layers.1'], 64),
    Entry('timm GCViT', of_timm('gcvit_xxtiny', img_size=64), ['stages.0'], 64),
    Entry('timm DaViT', of_timm('davit_tiny', embed_dims=(8, 16, 16, 16), depths=(1, 1, 1, 1),
                                num_heads=(2, 2, 2, 2)), ['stages.0', 'stages.1'], 64),
    Entry('timm Hiera', of_timm('hiera_tiny_224', img_size=64, embed_dim=16, stages=(1, 1, 1, 1)),
          ['blocks.0', 'blocks.1'], 64),
    Entry('timm NesT', of_timm(Nest, img_size=64, embed_dims=(8, 16, 16), num_heads=(2, 2, 2), depths=(1, 1, 1)),
          ['levels.0', 'levels.1'], 64),
    Entry('timm Visformer', of_timm('visformer_tiny', img_size=64), ['stage1', 'stage2'], 64),
]

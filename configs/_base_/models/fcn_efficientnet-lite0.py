# Small enough for a laptop: five stages of an ImageNet-pretrained EfficientNet-Lite0 at stride 8, one 1x1 convolution.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[127.5, 127.5, 127.5],
    std=[127.5, 127.5, 127.5],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
    size_divisor=1)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(type='EfficientNetLite0'),
    decode_head=dict(
        type='FCNHead',
        in_channels=112,
        in_index=0,
        channels=112,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0.1,
        num_classes=13,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=1.0)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
# The last block at stride 4, as in the paper's EfficientNet (Appendix A.2).
perturbed_layer = 'backbone.timm_model.blocks.1'
# The stem and the last stage at stride 4, where random style perturbations sit.
early_layers = ['backbone.timm_model.bn1', 'backbone.timm_model.blocks.1']

# MobileNetV2 at stride 16 and one 1x1 convolution.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
    size_divisor=1)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='MobileNetV2',
        out_indices=(1, 2, 4, 6),
        strides=(1, 2, 2, 2, 1, 1, 1),
        dilations=(1, 1, 1, 1, 1, 2, 2),
        # ImageNet weights; set the checkpoint to a file of your own where there is no internet.
        init_cfg=dict(type='Pretrained', checkpoint='mmcls://mobilenet_v2')),
    decode_head=dict(
        type='FCNHead',
        in_channels=320,
        in_index=3,
        channels=320,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0.1,
        num_classes=11,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=1.0)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
# The last block at stride 4, as in the paper's EfficientNet (Appendix A.2).
perturbed_layer = 'backbone.layer2'
# The stem and the last stage at stride 4, where random style perturbations sit.
early_layers = ['backbone.conv1', 'backbone.layer2']

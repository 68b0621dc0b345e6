# EfficientNet-Lite0 to its last block at stride 4, as mini-SYNTHIA's configs have it. timm's weights go by path:
#     --cfg-options model.checkpoint=tf_efficientnet_lite0.pth
_base_ = ['_base_/image_folder.py', '_base_/training.py']
model = dict(
    type='FeatureAutoencoder',
    encoder=dict(  # TimmClassifier renames its entries in checkpoints, which fails inside another model
        type='ImageClassifier',
        data_preprocessor=dict(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5], to_rgb=True),
        backbone=dict(type='TIMMBackbone', model_name='tf_efficientnet_lite0'),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=1000, in_channels=1280, loss=dict(type='CrossEntropyLoss'))),
    layer='backbone.timm_model.blocks.1',
    checkpoint='checkpoints/efficientnet_lite0.pth')

# EfficientNet-Lite0 to its last block at stride 4. Weights of timm, by path:
#     --cfg-options model.checkpoint=tf_efficientnet_lite0.pth
_base_ = ['_base_/image_folder.py', '_base_/training.py']
model = dict(
    type='FeatureAutoencoder',
    encoder=dict(
        type='TimmClassifier',
        model_name='tf_efficientnet_lite0',
        num_classes=1000,
        loss=dict(type='CrossEntropyLoss'),
        data_preprocessor=dict(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5], to_rgb=True)),
    layer='model.blocks.1',
    checkpoint='checkpoints/efficientnet_lite0.pth')

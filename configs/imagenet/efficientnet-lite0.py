# EfficientNet-Lite0 with timm's weights, to score with advbn-seg robustness; not in the paper.
_base_ = ['_base_/imagenet.py', '_base_/sgd_finetune.py', '_base_/default_runtime.py']
method = 'efficientnet-lite0'
model = dict(
    type='TimmClassifier',
    model_name='tf_efficientnet_lite0',
    num_classes=1000,
    data_preprocessor=dict(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5], to_rgb=True))

# The first three stages of a ResNet-18, a quarter as wide, from scratch.
_base_ = ['../digits.py', '../default_runtime.py']
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(
        type='ClsDataPreprocessor', num_classes=10, mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5], to_rgb=True),
    backbone=dict(type='ResNet_CIFAR', depth=18, stem_channels=16, base_channels=16, num_stages=3, strides=(2, 2, 2),
                  dilations=(1, 1, 1), out_indices=(2,)),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=10, in_channels=64, loss=dict(type='CrossEntropyLoss')))
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, begin=0, end=5, convert_to_iter_based=True)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=5, val_interval=5)
perturbed_layer = 'backbone.layer1'
early_layers = ['backbone.relu', 'backbone.layer1']  # the stem's, and the first stage
finetune = dict(
    starts_from='baseline',
    load_from='work_dirs/digits_mnist_baseline/epoch_5.pth',
    optim_wrapper=dict(optimizer=dict(lr=0.01)),
    param_scheduler=[dict(type='CosineAnnealingLR', by_epoch=True, begin=0, end=3, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=3, val_interval=3))

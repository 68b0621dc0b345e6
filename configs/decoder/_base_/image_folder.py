# Any folder of images to train on, whatever lies in it; ImageNet's validation set to attack. For other folders:
#     --cfg-options train_dataloader.dataset.data_root=PHOTOS val_dataloader.dataset.data_root=IMAGENET/val
default_scope = 'mmpretrain'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomResizedCrop', scale=128, crop_ratio_range=(0.2, 1.0)),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.8, hue=0.5),  # all colours, of few photographs
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='ResizeEdge', scale=256, edge='short', backend='pillow'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(type='CustomDataset', data_root='data/imagenet/train', with_label=False, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=32,
    num_workers=4,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='CustomDataset', data_root='data/imagenet/val', pipeline=test_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(type='SignalToNoise')
test_evaluator = val_evaluator

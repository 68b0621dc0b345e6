# SYNTHIA video sequences: 900 train and 500 val frames of one domain (data/README.md).
# To change the source:
#     source = dict(dataset=dict(scene='nyc', condition='spring'))
#     train_dataloader = val_dataloader = test_dataloader = source
# The paper refers to the protocol of IBN-Net, whose followers crop 713x713 and take batches of 16. Ours are half as
# large: full 1280x760 frames scaled by 0.5 to 2, crops of 512x512 and batches of 8; validation at full size.
_base_ = 'synthia_domains.py'
benchmark = 'synthia'
data_root = 'data/synthia'
crop_size = (512, 512)  # height, width

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadSynthiaLabels'),
    dict(type='RandomResize', scale=(1280, 760), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadSynthiaLabels'),
    dict(type='PackSegInputs'),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='SynthiaSequences', data_root=data_root, scene='highway', condition='dawn',
                 split='train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='SynthiaSequences', data_root=data_root, scene='highway', condition='dawn',
                 split='val', pipeline=test_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator

# What the method photometric changes: mmseg's photometric augmentation, last.
photometric = dict(train_dataloader=dict(dataset=dict(
    pipeline=[*train_pipeline[:-1], dict(type='PhotoMetricDistortion'), train_pipeline[-1]])))

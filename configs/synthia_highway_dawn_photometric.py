# The baseline with mmseg's photometric augmentation.
_base_ = 'synthia_highway_dawn_baseline.py'
method = 'photometric'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadSynthiaLabels'),
    dict(type='RandomResize', scale=(1280, 760), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(512, 512), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

# The baseline with mmseg's photometric augmentation.
_base_ = 'mini_synthia_highway_dawn_baseline.py'
method = 'photometric'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadSynthiaLabels'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

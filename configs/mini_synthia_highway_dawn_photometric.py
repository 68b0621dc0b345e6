# mmseg's photometric augmentation, for as many epochs as baseline and fine-tuning together.
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
param_scheduler = [dict(type='PolyLR', power=0.9, eta_min=0, by_epoch=True, begin=0, end=12,
                        convert_to_iter_based=True)]
train_cfg = dict(max_epochs=12, val_interval=12)

# CamVid: train on one time of day, validate on held-out frames of it, test on the other (data/README.md). The
# default source is day; dusk has one sequence, trained on its first half and validated on its second:
#     train_dataloader = dict(dataset=dict(sequences=['0001TP'], frames=':62'))
#     val_dataloader = dict(dataset=dict(sequences=['0001TP'], frames='62:'))
#     test_dataloader = dict(dataset=dict(sequences=['Seq05VD']))
# 480x360 frames are scaled down, so that 2 CPU cores train in minutes; predictions are scored at the labels' own
# 480x360. Full frames are one override away: --cfg-options train_dataloader.dataset.pipeline.2.scale=480,360
# val_dataloader.dataset.pipeline.1.scale=480,360 test_dataloader.dataset.pipeline.1.scale=480,360
benchmark = 'camvid'
data_root = 'data/camvid'
scale = (192, 144)  # width, height

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', scale=scale),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale),
    dict(type='LoadAnnotations'),  # after Resize: labels keep their size
    dict(type='PackSegInputs'),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    # Neighbouring frames hardly differ: every third one is enough.
    dataset=dict(type='CamVid', data_root=data_root, sequences=['0006R0', '0016E5'], frames='::3',
                 pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='CamVid', data_root=data_root, sequences=['Seq05VD'], frames='::3',
                 pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='CamVid', data_root=data_root, sequences=['0001TP'], frames=':',
                 pipeline=test_pipeline))

val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator

# Dusk is scored on the half that the dusk configs do not train on.
domains = [
    dict(name='camvid/day', dataset=dict(sequences=['Seq05VD'], frames='::3')),
    dict(name='camvid/dusk', dataset=dict(sequences=['0001TP'], frames='62:')),
]

# What the method photometric changes: mmseg's photometric augmentation, last.
photometric = dict(train_dataloader=dict(dataset=dict(
    pipeline=[*train_pipeline[:-1], dict(type='PhotoMetricDistortion'), train_pipeline[-1]])))

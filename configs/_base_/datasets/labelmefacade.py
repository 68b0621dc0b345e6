# LabelMeFacade: train on photographs of one place, validate on the last quarter of each of its series, test on all
# other places (data/README.md). To change the source:
#     source = dict(dataset=dict(places=['mallorca']))
#     train_dataloader = val_dataloader = source
# Photographs differ in size and format. Training takes squares of what has a short side of 192; scoring takes it whole,
# one at a time, and compares with labels of their own size.
benchmark = 'labelmefacade'
data_root = 'data/labelmefacade'
scale = (2048, 192)  # longest and shortest side at most, which makes the short side 192
crop_size = (192, 192)  # height, width

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadLabelMeFacadeLabels'),
    dict(type='Resize', scale=scale, keep_ratio=True),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale, keep_ratio=True),
    dict(type='LoadLabelMeFacadeLabels'),  # after Resize: labels keep their size
    dict(type='PackSegInputs'),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='LabelMeFacade', data_root=data_root, places=['boston'], split='train',
                 pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='LabelMeFacade', data_root=data_root, places=['boston'], split='val', pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='LabelMeFacade', data_root=data_root, places=['cambridge_uk'], split='all',
                 pipeline=test_pipeline))

val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator


def target(name, *places, split='all'):
    return dict(name=name, dataset=dict(places=[*places], split=split))


# The sources are scored on what no config trains on. Three capitals have too few photographs to be scored alone.
domains = [
    target('boston', 'boston', split='val'),
    target('mallorca', 'mallorca', split='val'),
    target('barcelona', 'barcelona'),
    target('barcelona_night', 'barcelona_night'),
    target('cambridge_uk', 'cambridge_uk'),
    target('coruna', 'coruna'),
    target('capitals', 'london', 'madrid', 'paris'),
    target('elsewhere', 'elsewhere'),
    target('stock', 'stock'),
]
del target

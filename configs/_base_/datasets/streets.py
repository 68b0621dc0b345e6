# CamVid and LabelMeFacade, the six classes that both have: train on the one, test on the other (data/README.md).
# A source adds its data sets, such as `camvid_train`. Targets are of two types, so each lies in a `ConcatDataset`.
benchmark = 'streets'
scale = (2048, 192)  # longest and shortest side at most, which makes the short side 192
crop_size = (192, 192)  # height, width


def pipelines(labels):
    load, resize = dict(type='LoadImageFromFile'), dict(type='Resize', scale=scale, keep_ratio=True)
    crop, flip = dict(type='RandomCrop', crop_size=crop_size), dict(type='RandomFlip', prob=0.5)
    pack = dict(type='PackSegInputs')
    return [load, labels, resize, crop, flip, pack], [load, resize, labels, pack]


def camvid(pipeline, sequences, frames):
    # Vegetation is called tree; the five classes that are not named become void.
    return dict(type='CamVid', data_root='data/camvid', sequences=sequences, frames=frames, pipeline=pipeline,
                metainfo=dict(classes=['building', 'car', 'pavement', 'road', 'sky', 'tree']),
                rename=dict(tree='vegetation'))


def labelmefacade(pipeline, places, split):
    return dict(type='LabelMeFacade', data_root='data/labelmefacade', places=places, split=split, pipeline=pipeline)


train_pipeline, test_pipeline = pipelines(dict(type='LoadAnnotations'))
camvid_train = camvid(train_pipeline, ['0006R0', '0016E5'], '::2')
camvid_val = camvid(test_pipeline, ['Seq05VD'], '::3')
camvid_dusk = camvid(test_pipeline, ['0001TP'], ':')
train_pipeline, test_pipeline = pipelines(dict(type='LoadLabelMeFacadeLabels'))
labelmefacade_train = labelmefacade(train_pipeline, ['boston', 'mallorca'], 'train')
labelmefacade_val = labelmefacade(test_pipeline, ['boston', 'mallorca'], 'val')

train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True))
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = dict(val_dataloader, dataset=dict(type='ConcatDataset', datasets=[camvid_dusk]))

val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator

domains = [
    dict(name='camvid/day', dataset=dict(datasets=[camvid_val])),
    dict(name='camvid/dusk', dataset=dict(datasets=[camvid_dusk])),
    dict(name='labelmefacade', dataset=dict(datasets=[labelmefacade_val])),
]

# CamVid with frames of 320x240, which show what is small; all else as in camvid.py.
_base_ = 'camvid.py'
benchmark = 'camvid_large'
scale = (320, 240)  # width, height


def scaled(pipeline):
    return [dict(step, scale=scale) if step['type'] == 'Resize' else step for step in pipeline]


train_dataloader = dict(dataset=dict(pipeline=scaled(_base_.train_pipeline)))
val_dataloader = dict(dataset=dict(pipeline=scaled(_base_.test_pipeline)))
test_dataloader = val_dataloader
photometric = dict(train_dataloader=dict(dataset=dict(
    pipeline=scaled(_base_.photometric.train_dataloader.dataset.pipeline))))
del scaled

# CamVid by day, every other frame: 204. LabelMeFacade is unseen, and CamVid at dusk.
_base_ = ['../datasets/streets.py', '../models/fcn_efficientnet-lite0.py', '../schedules/adamw_poly.py',
          '../default_runtime.py']
source_domain = 'camvid/day'
train_dataloader = dict(dataset=_base_.camvid_train)
val_dataloader = dict(dataset=_base_.camvid_val)
model = dict(decode_head=dict(num_classes=6))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=16, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=16, val_interval=16)
finetune = dict(
    load_from='work_dirs/streets_camvid_baseline/epoch_16.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=8, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=8, val_interval=8))

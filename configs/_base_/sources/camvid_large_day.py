# CamVid by day at 320x240; dusk is the unseen domain. 16 epochs of 136 frames, and 8 of fine-tuning.
_base_ = ['../datasets/camvid_large.py', '../models/fcn_efficientnet-lite0.py', '../schedules/adamw_poly.py',
          '../default_runtime.py']
source_domain = 'camvid/day'
model = dict(decode_head=dict(num_classes=11))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=16, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=16, val_interval=16)
finetune = dict(
    load_from='work_dirs/camvid_large_day_baseline/epoch_16.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=8, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=8, val_interval=8))

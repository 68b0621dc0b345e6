# The control: AdvBN's extra epochs and frozen prefix without its adversary.
_base_ = 'camvid_day_baseline.py'
method = 'finetune'
load_from = 'work_dirs/camvid_day_baseline/epoch_8.pth'
custom_hooks = [dict(type='FrozenPrefixHook', layer='backbone.layer2')]
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=3, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=3, val_interval=3)

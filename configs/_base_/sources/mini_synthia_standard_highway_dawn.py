# mini-SYNTHIA for comparing methods: five times the demo's length, half of the paper's 80 + 30 epochs.
_base_ = 'mini_synthia_highway_dawn.py'
benchmark = 'mini_synthia_standard'
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=40, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=40, val_interval=5)
finetune = dict(
    load_from='work_dirs/mini_synthia_standard_highway_dawn_baseline/epoch_40.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=15, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=15, val_interval=5))

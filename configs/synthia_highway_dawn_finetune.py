# The control that the paper lacks: AdvBN's extra epochs and frozen prefix without its adversary.
_base_ = 'synthia_highway_dawn_baseline.py'
method = 'finetune'
load_from = 'work_dirs/synthia_highway_dawn_baseline/epoch_80.pth'
model = dict(backbone=dict(type='AdvBNResNet', advbn_layer='conv2_3', init_cfg=None))
custom_hooks = [dict(type='FrozenPrefixHook')]
optim_wrapper = dict(optimizer=dict(lr=0.001))  # our choice: a tenth of the baseline's, as in the paper's Section 5.1
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=30, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=30)

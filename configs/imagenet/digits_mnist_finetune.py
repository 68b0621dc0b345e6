# The control: AdvBN's extra epochs and frozen prefix without its adversary.
_base_ = 'digits_mnist_baseline.py'
method = 'finetune'
load_from = 'work_dirs/digits_mnist_baseline/epoch_5.pth'
custom_hooks = [dict(type='FrozenPrefixHook', layer='backbone.layer1')]
optim_wrapper = dict(optimizer=dict(lr=0.01))
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, begin=0, end=3, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=3, val_interval=3)

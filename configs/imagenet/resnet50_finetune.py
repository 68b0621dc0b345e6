# The control that the paper lacks: AdvBN's 20 epochs and frozen prefix without its adversary.
_base_ = ['_base_/resnet50.py', '_base_/imagenet.py', '_base_/sgd_finetune.py', '_base_/default_runtime.py']
method = 'finetune'
titles = dict(finetune='fine-tune (no adversary)')
weights = dict(type='Pretrained', checkpoint='torchvision://resnet50')
model = dict(backbone=dict(init_cfg=weights), head=dict(init_cfg=weights))
custom_hooks = [dict(type='FrozenPrefixHook')]

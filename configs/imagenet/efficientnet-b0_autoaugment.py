# The control of Table 6, EfficientNet-B0: AutoAugment without AdvBN. mmpretrain's copy of the authors' weights.
_base_ = ['_base_/efficientnet-b0.py', '_base_/imagenet.py', '_base_/sgd_finetune.py', '_base_/default_runtime.py']
method = 'autoaugment'
titles = dict(autoaugment='AutoAugment')
load_from = ('https://mmassets.onedl.ai/mmclassification/v0/efficientnet/'
             'efficientnet-b0_3rdparty_8xb32_in1k_20220119-a7e2a0b1.pth')
train_dataloader = dict(dataset=dict(pipeline=_base_.autoaugment_pipeline))
custom_hooks = [dict(type='FrozenPrefixHook')]

# The control of Table 6, DenseNet-121: AutoAugment without AdvBN. mmpretrain's copy of torchvision's weights.
_base_ = ['_base_/densenet121.py', '_base_/imagenet.py', '_base_/sgd_finetune.py', '_base_/default_runtime.py']
method = 'autoaugment'
titles = dict(autoaugment='AutoAugment')
load_from = ('https://mmassets.onedl.ai/mmclassification/v0/densenet/'
             'densenet121_4xb256_in1k_20220426-07450f99.pth')
train_dataloader = dict(dataset=dict(pipeline=_base_.autoaugment_pipeline))
custom_hooks = [dict(type='FrozenPrefixHook')]
# model.backbone.type=AdvBNDenseNet leaves out the norm that comes first after the shift, as the released code does.
custom_imports = dict(imports=['advbn_seg.hooks', 'advbn_seg.models.advbn_densenet'], allow_failed_imports=False)

# Table 1, "Fast AA + AdvBN": AdvBN's fine-tuning of the model that Fast AutoAugment's authors released, without further
# augmentation (Section 5.1: "on a model trained with the data augmentation").
#     advbn-seg convert imagenet_resnet50_top1_22.2.pth checkpoints/fast_autoaugment.pth
_base_ = 'resnet50_advbn.py'
method = 'fast_autoaugment_advbn'
titles = dict(fast_autoaugment_advbn='Fast AutoAugment + AdvBN')
model = dict(backbone=dict(init_cfg=None), head=dict(init_cfg=None))
load_from = 'checkpoints/fast_autoaugment.pth'

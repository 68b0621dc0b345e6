# Table 1, "Augmix + AdvBN": AdvBN's fine-tuning of the model that AugMix's authors released, without further AugMix
# (Section 5.1: "on a model trained with the data augmentation").
#     advbn-seg convert checkpoint.pth.tar checkpoints/augmix.pth
_base_ = 'resnet50_advbn.py'
method = 'augmix_advbn'
titles = dict(augmix_advbn='AugMix + AdvBN')
model = dict(backbone=dict(init_cfg=None), head=dict(init_cfg=None))
load_from = 'checkpoints/augmix.pth'

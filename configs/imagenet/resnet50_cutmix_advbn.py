# Table 1, "Cutmix + AdvBN": AdvBN's fine-tuning of the model that CutMix's authors released, without further CutMix
# (Section 5.1: "on a model trained with the data augmentation").
#     advbn-seg convert model_best.pth.tar checkpoints/cutmix.pth
_base_ = 'resnet50_advbn.py'
method = 'cutmix_advbn'
titles = dict(cutmix_advbn='CutMix + AdvBN')
model = dict(backbone=dict(init_cfg=None), head=dict(init_cfg=None))
load_from = 'checkpoints/cutmix.pth'

# Table 1, "AdvProp + AdvBN": AdvBN's fine-tuning of the AdvProp model (Section 5.1: "on a model trained with the data
# augmentation"). The auxiliary norms go on from AdvProp's.
_base_ = 'resnet50_advbn.py'
method = 'advprop_advbn'
titles = dict(advprop_advbn='AdvProp + AdvBN')
model = dict(backbone=dict(init_cfg=None), head=dict(init_cfg=None))
load_from = 'work_dirs/resnet50_advprop/epoch_105.pth'

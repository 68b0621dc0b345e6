# Table 1, "AutoAugment*": for want of a released model the fine-tuning itself is augmented. The frozen prefix, which
# the paper leaves open, makes it the control of "AA + AdvBN".
_base_ = 'resnet50_finetune.py'
method = 'autoaugment'
titles = dict(autoaugment='AutoAugment')
train_dataloader = dict(dataset=dict(pipeline=_base_.autoaugment_pipeline))

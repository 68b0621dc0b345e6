# Table 1, "AdvProp": trained from scratch, as no ResNet-50 was released, with the settings of the implementation that
# the paper used (github.com/tingxueronghua/pytorch-classification-advprop): 105 epochs, one step of 1 of 255.
_base_ = 'resnet50.py'
method = 'advprop'
titles = dict(advprop='AdvProp')
param_scheduler = dict(milestones=[30, 60, 90, 100])
train_cfg = dict(max_epochs=105)
custom_hooks = [dict(type='AdvPropHook', num_steps=1, step_size=1, eps=1)]

# Table 6, EfficientNet-B0: after the second block, 3 steps. Its output has no activation, so no ReLU.
_base_ = 'efficientnet-b0_autoaugment.py'
method = 'autoaugment_advbn'
titles = dict(autoaugment_advbn='AutoAugment + AdvBN')
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, clamp=False)]

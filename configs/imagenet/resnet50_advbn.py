# Table 1, "AdvBN" (Section 5.1): after conv2_3, tau 0.2, 6 steps, eps = 6 tau - 0.1.
_base_ = 'resnet50_finetune.py'
method = 'advbn'
titles = dict(advbn='AdvBN (paper)')
custom_hooks = [dict(type='AdvBNHook', num_steps=6, step_size=0.2, eps=1.1)]

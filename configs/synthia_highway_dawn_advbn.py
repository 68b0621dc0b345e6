# Table 3, "+ AdvBN" on Highway/Dawn: 30 epochs from the baseline, after conv2_3, tau 0.2, eps 0.5, 3 steps.
_base_ = 'synthia_highway_dawn_finetune.py'
method = 'advbn'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5)]

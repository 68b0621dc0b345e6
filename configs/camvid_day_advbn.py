# The paper's AdvBN, after the first 1x1 convolution at stride 4: like conv2_3's, its output is rectified.
_base_ = 'camvid_day_finetune.py'
method = 'advbn'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.layer3.0.conv.0', num_steps=3, step_size=0.2, eps=0.5)]

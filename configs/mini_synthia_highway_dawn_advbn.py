# The paper's AdvBN, after the first 1x1 convolution at stride 4: like conv2_3's, its output is rectified.
_base_ = 'mini_synthia_highway_dawn_finetune.py'
method = 'advbn'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.2.0.bn1', num_steps=3, step_size=0.2, eps=0.5)]

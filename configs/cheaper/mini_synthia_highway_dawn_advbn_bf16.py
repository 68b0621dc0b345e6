# The ascent under bfloat16 autocast, the training in float32.
_base_ = '../mini_synthia_highway_dawn_advbn.py'
method = 'advbn_bf16'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.1',
                     num_steps=3, step_size=0.2, eps=0.5, ascent_precision='bf16')]

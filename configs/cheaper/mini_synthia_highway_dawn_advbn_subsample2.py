# The paper's ascent on every second row and column of the feature map.
_base_ = '../mini_synthia_highway_dawn_advbn.py'
method = 'advbn_subsample2'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.1',
                     num_steps=3, step_size=0.2, eps=0.5, subsample=2)]

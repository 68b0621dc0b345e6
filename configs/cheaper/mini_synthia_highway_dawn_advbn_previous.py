# One step from the previous batch's deltas.
_base_ = '../mini_synthia_highway_dawn_advbn.py'
method = 'advbn_previous'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.1',
                     num_steps=1, step_size=0.2, eps=0.5, start='previous')]

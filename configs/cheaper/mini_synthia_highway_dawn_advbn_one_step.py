# One large step from a random start.
_base_ = '../mini_synthia_highway_dawn_advbn.py'
method = 'advbn_one_step'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.1',
                     num_steps=1, step_size=0.5, eps=0.5, random_start=True)]

# The paper's ascent on every second batch; the others take its deltas.
_base_ = '../mini_synthia_highway_dawn_advbn.py'
method = 'advbn_every2'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.1',
                     num_steps=3, step_size=0.2, eps=0.5, attack_every=2)]

# Ours: as advbn_running, with one set of norms for both passes.
_base_ = 'mini_synthia_highway_dawn_finetune.py'
method = 'advbn_running_single'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.1', num_steps=3, step_size=0.2, eps=0.4,
                     adversarial_statistics='running', auxiliary=False)]

# Ours: as advbn_running, with one set of norms for both passes.
_base_ = 'camvid_day_finetune.py'
method = 'advbn_running_single'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.layer2', num_steps=3, step_size=0.2, eps=0.4,
                     adversarial_statistics='running', auxiliary=False)]

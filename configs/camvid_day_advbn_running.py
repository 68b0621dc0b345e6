# Ours: the adversarial pass is normalised by the running statistics that the attack was computed against.
_base_ = 'camvid_day_finetune.py'
method = 'advbn_running'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.layer2', num_steps=3, step_size=0.05, eps=0.1,
                     adversarial_statistics='running')]

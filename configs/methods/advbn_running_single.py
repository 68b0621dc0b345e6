# Ours: as advbn_running, with one set of norms for both passes.
method = 'advbn_running_single'
titles = dict(advbn_running_single='AdvBN (running, shared norms)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.4, adversarial_statistics='running',
                     auxiliary=False)]

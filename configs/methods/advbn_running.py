# Ours: the adversarial pass is normalised by the running statistics that the attack was computed against. The radius
# is the best of 0.1, 0.2 and 0.4 on held-out mini-SYNTHIA source frames under corruptions (results/mini_synthia_eps).
method = 'advbn_running'
titles = dict(advbn_running='AdvBN (running)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.4, adversarial_statistics='running')]

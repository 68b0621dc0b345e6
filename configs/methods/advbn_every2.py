# Cheaper: the paper's ascent on every second batch; the others take its deltas.
method = 'advbn_every2'
titles = dict(advbn_every2='AdvBN (every second batch)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, attack_every=2)]

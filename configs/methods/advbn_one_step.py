# Cheaper: one large step from a random start.
method = 'advbn_one_step'
titles = dict(advbn_one_step='AdvBN (one step)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=1, step_size=0.5, eps=0.5, random_start=True)]

# Cheaper: as advbn_per_image_single, with one large step.
method = 'advbn_per_image_one_step'
titles = dict(advbn_per_image_one_step='AdvBN (per image, one step)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=1, step_size=0.5, eps=0.5, per_image=True, auxiliary=False)]

# Cheaper: as advbn_per_image_one_step, but its step follows the gradient of the clean loss, which training computes
# anyway. A training step costs two plain ones.
method = 'advbn_per_image_fast'
titles = dict(advbn_per_image_fast='AdvBN (per image, fast)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=1, step_size=0.5, eps=0.5, per_image=True, auxiliary=False, fast=True)]

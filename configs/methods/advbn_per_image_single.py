# As advbn_per_image, with one set of norms for both passes.
method = 'advbn_per_image_single'
titles = dict(advbn_per_image_single='AdvBN (per image, shared norms)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, per_image=True, auxiliary=False)]

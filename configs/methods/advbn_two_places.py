# As advbn_per_image_one_step, at all of the source's early layers at once; the prefix trains too.
method = 'advbn_two_places'
titles = dict(advbn_two_places='AdvBN (per image, two places)')
recipe = 'finetune'
custom_hooks = [dict(
    type='AdvBNHook', layer='early_layers', num_steps=1, step_size=0.5, eps=0.5, per_image=True, auxiliary=False,
    train_prefix=True)]

# The paper's tau, eps and steps with statistics and deltas of each image: a shift shared by the batch is partly undone
# by the norms that follow, one per image is not.
method = 'advbn_per_image'
titles = dict(advbn_per_image='AdvBN (per image)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, per_image=True)]

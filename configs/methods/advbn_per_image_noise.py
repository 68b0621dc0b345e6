# Noise in the adversary's place: random deltas in the ball of advbn_per_image_single, all else alike.
method = 'advbn_per_image_noise'
titles = dict(advbn_per_image_noise='noise (per image, no adversary)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=0, eps=0.5, per_image=True, auxiliary=False)]

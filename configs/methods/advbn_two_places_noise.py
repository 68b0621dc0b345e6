# Noise in the adversary's place: random deltas in a ball of twice the radius of advbn_two_places, all else alike.
_base_ = 'advbn_two_places.py'
method = 'advbn_two_places_noise'
titles = dict(advbn_two_places_noise='noise (per image, two places, no adversary)')
custom_hooks = [dict(
    type='AdvBNHook', layer='early_layers', num_steps=0, eps=1.0, per_image=True, auxiliary=False, train_prefix=True)]

# The recipe on top of photometric augmentation, both from ImageNet weights on.
_base_ = 'advbn_two_places_long.py'
method = 'photometric_advbn_two_places_long'
titles = dict(photometric_advbn_two_places_long='photometric + AdvBN (per image, two places), from ImageNet')
recipe = ['photometric', 'long']

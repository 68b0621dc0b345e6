# The recipe from ImageNet weights: both passes from the first step on, for the epochs of baseline and fine-tuning.
_base_ = 'advbn_two_places.py'
method = 'advbn_two_places_long'
titles = dict(advbn_two_places_long='AdvBN (per image, two places), from ImageNet')
recipe = 'long'

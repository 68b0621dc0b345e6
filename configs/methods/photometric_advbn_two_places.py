# AdvBN at all early layers on top of photometric augmentation, which was there from the start.
_base_ = 'advbn_two_places.py'
method = 'photometric_advbn_two_places'
titles = dict(photometric_advbn_two_places='photometric + AdvBN (per image, two places)')
recipe = ['photometric', 'finetune']
starts_from = 'photometric'

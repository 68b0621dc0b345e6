# Per-image AdvBN with one set of norms on top of photometric augmentation, which was there from the start.
_base_ = 'advbn_per_image_single.py'
method = 'photometric_advbn_per_image_single'
titles = dict(photometric_advbn_per_image_single='photometric + AdvBN (per image)')
recipe = ['photometric', 'finetune']
starts_from = 'photometric'

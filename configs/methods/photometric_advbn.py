# AdvBN on top of photometric augmentation, which was there from the start.
_base_ = 'advbn.py'
method = 'photometric_advbn'
titles = dict(photometric_advbn='photometric + AdvBN (paper)')
recipe = ['photometric', 'finetune']
starts_from = 'photometric'

# AdvBN on top of photometric augmentation, which was there from the start.
_base_ = 'advbn.py'
method = 'photometric_advbn'
recipe = ['photometric', 'finetune']
starts_from = 'photometric'

# The control of what starts from photometric: finetune's epochs and frozen prefix, with the augmentation still on.
_base_ = 'finetune.py'
method = 'photometric_finetune'
recipe = ['photometric', 'finetune']
starts_from = 'photometric'

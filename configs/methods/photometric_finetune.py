# The control of what starts from photometric: finetune's epochs and frozen prefix, with the augmentation still on.
_base_ = 'finetune.py'
method = 'photometric_finetune'
titles = dict(photometric_finetune='photometric + fine-tune')
recipe = ['photometric', 'finetune']
starts_from = 'photometric'

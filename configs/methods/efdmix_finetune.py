# EFDMix with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'efdmix.py'
method = 'efdmix_finetune'
titles = dict(efdmix_finetune='EFDMix (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

# ASA with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'asa.py'
method = 'asa_finetune'
titles = dict(asa_finetune='ASA (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

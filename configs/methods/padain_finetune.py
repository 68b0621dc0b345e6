# pAdaIN with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'padain.py'
method = 'padain_finetune'
titles = dict(padain_finetune='pAdaIN (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

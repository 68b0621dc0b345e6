# NP+ with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'np_plus.py'
method = 'np_plus_finetune'
titles = dict(np_plus_finetune='NP+ (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

# CrossNorm with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'cross_norm.py'
method = 'cross_norm_finetune'
titles = dict(cross_norm_finetune='CrossNorm (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

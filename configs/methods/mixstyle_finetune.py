# MixStyle with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'mixstyle.py'
method = 'mixstyle_finetune'
titles = dict(mixstyle_finetune='MixStyle (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

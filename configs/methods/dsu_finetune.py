# DSU with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'dsu.py'
method = 'dsu_finetune'
titles = dict(dsu_finetune='DSU (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

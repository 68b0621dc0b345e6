# AdvStyle with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'adv_style.py'
method = 'adv_style_finetune'
titles = dict(adv_style_finetune='AdvStyle (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

# Normalization Perturbation with the budget of the control: its extra epochs and its frozen prefix.
_base_ = 'np.py'
method = 'np_finetune'
titles = dict(np_finetune='NP (fine-tune)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook'), *_base_.custom_hooks]

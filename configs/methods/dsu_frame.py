# The statistics of dsu in the paper's frame: at AdvBN's place, in a second pass, through auxiliary norms.
_base_ = 'dsu.py'
method = 'dsu_frame'
titles = dict(dsu_frame="DSU (in AdvBN's frame)")
recipe = 'finetune'
custom_hooks = [dict(type='AdversarialHook', num_steps=0, perturbation=_base_.custom_hooks[0].perturbation)]

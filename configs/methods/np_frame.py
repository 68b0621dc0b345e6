# The statistics of np in the paper's frame: at AdvBN's place, in a second pass, through auxiliary norms.
_base_ = 'np.py'
method = 'np_frame'
titles = dict(np_frame="NP (in AdvBN's frame)")
recipe = 'finetune'
custom_hooks = [dict(type='AdversarialHook', num_steps=0, perturbation=_base_.custom_hooks[0].perturbation)]

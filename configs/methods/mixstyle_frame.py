# The statistics of mixstyle in the paper's frame: at AdvBN's place, in a second pass, through auxiliary norms.
_base_ = 'mixstyle.py'
method = 'mixstyle_frame'
titles = dict(mixstyle_frame="MixStyle (in AdvBN's frame)")
recipe = 'finetune'
custom_hooks = [dict(type='AdversarialHook', num_steps=0, perturbation=_base_.custom_hooks[0].perturbation)]

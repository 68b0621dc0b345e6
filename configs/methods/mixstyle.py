# MixStyle: the statistics of each image mixed with those of another one.
method = 'mixstyle'
titles = dict(mixstyle='MixStyle')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(type='advbn_seg.perturbations.mixstyle.MixStyle', alpha=0.1))]

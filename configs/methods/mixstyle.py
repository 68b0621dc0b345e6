# MixStyle: the statistics of each image mixed with those of another one.
# Here at the early layers, by one coin; its authors place it after the first two stages, with a coin each.
method = 'mixstyle'
titles = dict(mixstyle='MixStyle')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(type='advbn_seg.perturbations.mixstyle.MixStyle', alpha=0.1))]

# CrossNorm: the statistics of a random crop of another image.
# Here at the early layers at once; its authors place it in one random block of the net a step.
method = 'cross_norm'
titles = dict(cross_norm='CrossNorm')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(type='advbn_seg.perturbations.cross_norm.CrossNorm', crop=True))]

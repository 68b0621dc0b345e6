# pAdaIN: the statistics of another image, in one of a hundred steps.
# Here at the early layers; its authors place it after the convolutions of the whole net.
method = 'padain'
titles = dict(padain='pAdaIN')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', probability=0.01, perturbation=dict(type='advbn_seg.perturbations.cross_norm.CrossNorm'))]

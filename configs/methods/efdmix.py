# EFDMix: the whole distributions mixed.
method = 'efdmix'
titles = dict(efdmix='EFDMix')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(type='advbn_seg.perturbations.efdmix.EFDMix', alpha=0.1))]

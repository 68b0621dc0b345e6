# Normalization Perturbation: random factors on the statistics of each image, from ImageNet weights, the whole net.
method = 'np'
titles = dict(np='NP')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(
        type='advbn_seg.perturbations.normalization_perturbation.NormalizationPerturbation', std=0.75))]

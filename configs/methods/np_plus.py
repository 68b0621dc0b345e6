# NP with larger changes of the channels whose mean varies over the batch.
method = 'np_plus'
titles = dict(np_plus='NP+')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(
        type='advbn_seg.perturbations.normalization_perturbation_plus.NormalizationPerturbationPlus', std=0.75))]

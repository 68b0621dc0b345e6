# DSU: noise on the statistics, as large as their spread over the batch.
method = 'dsu'
titles = dict(dsu='DSU')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(type='advbn_seg.perturbations.dsu.DistributionUncertainty', factor=1.0))]

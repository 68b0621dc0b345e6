# DSU: noise on the statistics, as large as their spread over the batch.
# Here at the early layers, by one coin; its authors have six places with a coin each.
method = 'dsu'
titles = dict(dsu='DSU')
recipe = 'long'
custom_hooks = [dict(
    type='PerturbationHook', perturbation=dict(type='advbn_seg.perturbations.dsu.DistributionUncertainty', factor=1.0))]

# The ten targets of the paper's Table 3, in its order: each a change to `test_dataloader.dataset`.
domains = [dict(name=f'{scene}/{condition}', dataset=dict(scene=scene, condition=condition))
           for scene in ('nyc', 'highway') for condition in ('dawn', 'fog', 'night', 'spring', 'winter')]

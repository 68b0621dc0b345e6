# As advbn_per_image_single, with a radius in units of the batch's spread of each statistic.
method = 'advbn_natural'
titles = dict(advbn_natural='AdvBN (per image, natural radius)')
recipe = 'finetune'
custom_hooks = [dict(
    type='AdversarialHook', num_steps=3, step_size=0.4, auxiliary=False,
    perturbation=dict(type='advbn_seg.perturbations.natural_statistics.NaturalStatistics', eps=1.))]

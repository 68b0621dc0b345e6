# Cheaper: the paper's ascent on every second row and column of the feature map.
method = 'advbn_subsample2'
titles = dict(advbn_subsample2='AdvBN (subsampled ascent)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, subsample=2)]

# The control of what trains from ImageNet weights: the epochs of the baseline and of the fine-tuning in one training.
# The paper lacks it.
method = 'baseline_long'
titles = dict(baseline_long='baseline (long)')
recipe = 'long'

# Table 3, "AdvProp": from ImageNet weights for the epochs of baseline and fine-tuning, one step of 1 of 255, as in the
# implementation that the paper used (github.com/tingxueronghua/pytorch-classification-advprop).
method = 'advprop'
titles = dict(advprop='AdvProp')
recipe = 'long'
custom_hooks = [dict(type='AdvPropHook', num_steps=1, step_size=1, eps=1)]

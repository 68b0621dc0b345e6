# Table 3, "MoEx": from ImageNet weights for the epochs of baseline and fine-tuning. Each step swaps the moments over
# channels after the first of the early layers, as its authors train a ResNet-50. Labels are mixed pixel by pixel.
method = 'moex'
titles = dict(moex='MoEx')
recipe = 'long'
custom_hooks = [dict(type='MoExHook', mixture=0.9, probability=1)]

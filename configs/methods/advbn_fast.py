# Cheaper: the paper's attack in two larger steps. The first follows the gradient of the clean loss, which training
# computes anyway.
method = 'advbn_fast'
titles = dict(advbn_fast='AdvBN (fast)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, fast=True)]

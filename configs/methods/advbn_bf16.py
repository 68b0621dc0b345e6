# Cheaper: the ascent under bfloat16 autocast, the training in float32.
method = 'advbn_bf16'
titles = dict(advbn_bf16='AdvBN (bfloat16 ascent)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, ascent_precision='bf16')]

# As advbn_per_image_single, with consistency of clean and adversarial predictions.
method = 'advbn_consistent'
titles = dict(advbn_consistent='AdvBN (per image, consistent)')
recipe = 'finetune'
custom_hooks = [dict(
    type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5, per_image=True, auxiliary=False,
    consistency=('decode_head.conv_seg', 10.))]

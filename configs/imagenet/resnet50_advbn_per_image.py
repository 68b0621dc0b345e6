# Ours: Table 1's "AdvBN" with statistics and deltas of each image, which the norms that follow cannot undo. Worth a try
# beside it, with a --work-dir of its own: --cfg-options custom_hooks.0.num_steps=3 custom_hooks.0.eps=0.5, as in
# segmentation, or custom_hooks.0.num_steps=1 custom_hooks.0.step_size=0.5 custom_hooks.0.eps=0.5.
_base_ = 'resnet50_advbn.py'
method = 'advbn_per_image'
custom_hooks = [dict(type='AdvBNHook', num_steps=6, step_size=0.2, eps=1.1, per_image=True)]

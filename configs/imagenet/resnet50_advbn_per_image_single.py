# As resnet50_advbn_per_image, with one set of norms for both passes.
_base_ = 'resnet50_advbn.py'
method = 'advbn_per_image_single'
custom_hooks = [dict(type='AdvBNHook', num_steps=6, step_size=0.2, eps=1.1, per_image=True, auxiliary=False)]

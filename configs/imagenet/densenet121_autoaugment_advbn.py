# Table 6, DenseNet-121: after the first block and its transition, as in the authors' code; 6 steps, no ReLU.
# Each layer of a DenseNet begins with a norm, which undoes the shift in the adversarial training pass, so little of it
# is left to train on. The authors' code leaves out the norm that comes first after the shift:
# --cfg-options model.backbone.type=AdvBNDenseNet. custom_hooks.0.adversarial_statistics=running keeps norm and shift.
_base_ = 'densenet121_autoaugment.py'
method = 'autoaugment_advbn'
titles = dict(autoaugment_advbn='AutoAugment + AdvBN')
custom_hooks = [dict(type='AdvBNHook', num_steps=6, step_size=0.2, eps=1.1, clamp=False)]

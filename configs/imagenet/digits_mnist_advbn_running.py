# Ours: the adversarial pass is normalised by the running statistics that the attack was computed against.
_base_ = 'digits_mnist_finetune.py'
method = 'advbn_running'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.layer1', num_steps=3, step_size=0.2, eps=0.4,
                     adversarial_statistics='running')]

# Ours: as digits_mnist_advbn_running, with one set of norms for both passes.
_base_ = 'digits_mnist_finetune.py'
method = 'advbn_running_single'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.layer1', num_steps=3, step_size=0.2, eps=0.4,
                     adversarial_statistics='running', auxiliary=False)]

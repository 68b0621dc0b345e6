# The paper's AdvBN with its settings for EfficientNet-B0 (Appendix A.2), which are gentler than those for ResNet-50.
_base_ = 'digits_mnist_finetune.py'
method = 'advbn'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.layer1', num_steps=3, step_size=0.2, eps=0.5)]

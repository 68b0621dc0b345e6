# The paper's AdvBN, after the last block at stride 4 as in the paper's EfficientNet (Appendix A.2).
_base_ = 'mini_synthia_highway_dawn_finetune.py'
method = 'advbn'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.timm_model.blocks.1', num_steps=3, step_size=0.2, eps=0.5)]

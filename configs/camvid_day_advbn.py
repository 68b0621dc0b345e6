# The paper's AdvBN, after the last block at stride 4 as in the paper's EfficientNet (Appendix A.2).
_base_ = 'camvid_day_finetune.py'
method = 'advbn'
custom_hooks = [dict(type='AdvBNHook', layer='backbone.layer2', num_steps=3, step_size=0.2, eps=0.5)]

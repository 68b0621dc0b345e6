# The paper's AdvBN as in Table 3 and Appendix A.2: tau 0.2, eps 0.5, 3 steps.
method = 'advbn'
titles = dict(advbn='AdvBN (paper)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvBNHook', num_steps=3, step_size=0.2, eps=0.5)]

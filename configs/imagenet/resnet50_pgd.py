# Table 1, "Adv. Training": the whole network is fine-tuned on clean and adversarial pixels, with auxiliary norms. The
# paper does not state the attack; ours is the strongest of AdvProp's (https://arxiv.org/abs/1911.09665), eps 4 of 255.
_base_ = 'resnet50_finetune.py'
method = 'pgd'
titles = dict(pgd='adversarial training (PGD)')
custom_hooks = [dict(type='AdvPropHook', num_steps=5, step_size=1, eps=4)]

# Table 3, "+ Adv. Training": AdvBN's fine-tuning with pixels in the place of statistics, tau = eps = 1 of 255, 3 steps,
# auxiliary norms in training and the main ones in the test. No prefix is frozen, as in the ImageNet half: perturbed
# pixels pass the whole net, and its first norms must learn their statistics. The paper leaves that open.
method = 'adv_training'
titles = dict(adv_training='adversarial training (PGD)')
recipe = 'finetune'
custom_hooks = [dict(type='AdvPropHook', num_steps=3, step_size=1, eps=1)]

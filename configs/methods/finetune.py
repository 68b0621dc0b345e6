# The control that the paper lacks: AdvBN's extra epochs and frozen prefix without its adversary.
method = 'finetune'
titles = dict(finetune='fine-tune (no adversary)')
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook')]

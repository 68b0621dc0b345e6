# The control that the paper lacks: AdvBN's extra epochs and frozen prefix without its adversary.
method = 'finetune'
recipe = 'finetune'
custom_hooks = [dict(type='FrozenPrefixHook')]

# The control of methods that train the prefix too: the extra epochs on the whole net, without an adversary.
method = 'finetune_whole'
titles = dict(finetune_whole='fine-tune, whole net (no adversary)')
recipe = 'finetune'

# ASA: noise on the statistics whose size is learned through a reversed gradient, mixed with that of dsu.
method = 'asa'
titles = dict(asa='ASA')
recipe = 'long'
custom_hooks = [dict(type='ASAHook', weight=1.0)]

# NP+ on top of photometric augmentation, both from ImageNet weights on.
_base_ = 'np_plus.py'
method = 'photometric_np_plus'
titles = dict(photometric_np_plus='photometric + NP+')
recipe = ['photometric', 'long']

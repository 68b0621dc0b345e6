# The baseline with mmseg's photometric augmentation.
method = 'photometric'
titles = dict(photometric='photometric augmentation')
recipe = 'photometric'

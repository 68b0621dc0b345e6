# The baseline with mmseg's photometric augmentation.
method = 'photometric'
recipe = 'photometric'

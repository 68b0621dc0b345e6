# Sets of the digits for advbn-seg divergence: all corruptions at their third severity, and digits of other writers.
__root = 'data/digits/mnist_c'
__corruptions = ['gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur', 'glass_blur', 'motion_blur',
                 'zoom_blur', 'snow', 'frost', 'fog', 'brightness', 'contrast', 'elastic_transform', 'pixelate',
                 'jpeg_compression']
domains = [dict(name='imagenet', folder='data/digits/mnist/val'),
           *[dict(name=name, folder=f'{__root}/{name}/3') for name in __corruptions],
           dict(name='uci', folder='data/digits/uci')]

"""The 15 corruptions of ImageNet-C (https://arxiv.org/abs/1903.12261), by the package `imagecorruptions`."""
from functools import partial

import numpy as np
from PIL import Image
from torchvision.transforms.functional import center_crop, resize

from ..errors import UserError

GROUPS = dict(noise=('gaussian_noise', 'shot_noise', 'impulse_noise'),
              blur=('defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur'),
              weather=('snow', 'frost', 'fog', 'brightness'),
              digital=('contrast', 'elastic_transform', 'pixelate', 'jpeg_compression'))
CORRUPTIONS = tuple(name for names in GROUPS.values() for name in names)
SEVERITIES = (1, 2, 3, 4, 5)
OWN_GENERATOR = ('impulse_noise', 'glass_blur')  # these take a seed; the others draw from numpy's global state
MIN_SIDE = 32


def corrupt(image, seed, name, severity):
    """Return the corrupted image.

    Args:
        image (PIL.Image): RGB, at least 32 pixels on each side.
        seed (int): of the randomness in the corruption; 32 bits.
        name (str): one of `CORRUPTIONS`.
        severity (int): 1 to 5.

    Raises:
        UserError: without the package, or for a smaller image.
    """
    if min(image.size) < MIN_SIDE:
        raise UserError(f'corruptions need images of {MIN_SIDE} pixels on each side, found {image.size}')
    np.random.seed(seed)
    options = dict(seed=seed) if name in OWN_GENERATOR else {}
    return Image.fromarray(library().corrupt(np.asarray(image), severity, name, **options))


def library():
    try:
        import imagecorruptions
    except ImportError as error:
        raise UserError('the corruptions come in a package that is not installed; run: '
                        'pip install imagecorruptions-imaug') from error
    return imagecorruptions


def crop(image, short_side, side):
    """Return the centre of an image, as in ImageNet-C: its short side resized, then a square cut out; pixels."""
    return center_crop(resize(image, short_side), side)


def corruption_changes(names=CORRUPTIONS):
    """Return the changes for `make_variants`, in the layout of ImageNet-C: NAME/SEVERITY."""
    library()
    return {f'{name}/{severity}': partial(corrupt, name=name, severity=severity)
            for name in names for severity in SEVERITIES}

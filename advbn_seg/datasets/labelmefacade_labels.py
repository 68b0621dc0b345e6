"""The classes of LabelMeFacade and how the colours of its label files encode them.

Source: https://github.com/cvjena/labelmefacade. Its windows and doors are labelled in part only, so that both are
building here.
"""
import cv2
import numpy as np

from ..errors import UserError
from .labels import IGNORE

CLASSES = {  # name: colour (R, G, B) in the files; train ids count from 0 in this order
    'building': (128, 0, 0),
    'car': (128, 0, 128),
    'pavement': (128, 128, 128),
    'road': (128, 64, 0),
    'sky': (0, 128, 128),
    'vegetation': (0, 128, 0),
}
BUILDING = 0
WINDOW, DOOR, VARIOUS = (0, 0, 128), (128, 128, 0), (0, 0, 0)
TRAIN_IDS = {colour: train_id for train_id, colour in enumerate(CLASSES.values())}
TRAIN_IDS |= {WINDOW: BUILDING, DOOR: BUILDING, VARIOUS: IGNORE}


def decode_colours(data, name):
    """Decode one label file.

    Args:
        data (bytes): Content of the file.
        name (str | Path): What to call it in an error.

    Returns:
        np.ndarray: (H, W) uint8 train ids 0 to 5; 255 where the pixel is of various things.

    Raises:
        UserError: Damaged, or a colour that is no class.
    """
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if image is None:
        raise UserError(f'{name} cannot be decoded: it is damaged or no PNG; get it again.')
    packed = image.astype(np.int32) @ (1, 1 << 8, 1 << 16)  # OpenCV's order is B, G, R
    train_ids, known = np.full(packed.shape, IGNORE, np.uint8), np.zeros(packed.shape, bool)
    for (red, green, blue), train_id in TRAIN_IDS.items():
        found = packed == red << 16 | green << 8 | blue
        train_ids[found] = train_id
        known |= found
    if not known.all():
        blue, green, red = image[~known][0]
        raise UserError(f'{name} has the colour {red}:{green}:{blue}, but LabelMeFacade has only nine of its own: use '
                        'the original file, or scale it by nearest neighbour.')
    return train_ids

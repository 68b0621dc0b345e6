"""The classes of SYNTHIA-SEQS and how its label files encode them.

A label file is a 16-bit, 3-channel PNG: its first channel is the class id, its second the instance. Common
decoders (PIL, OpenCV's default, mmseg's stock loader) reduce the PNG to 8 bits and return zeros without a word.
This one refuses a file that it cannot read right. Source: the read-me of the video sequences at
http://synthia-dataset.net. A label decodes slower than its image, so a data set can hold a second, compact file of
each label.
"""

from enum import IntEnum

import cv2
import numpy as np

from ..errors import UserError

IGNORE = 255


class Label(IntEnum):
    """Class id in a label file; 13 and 14 are reserved there."""

    VOID = 0
    SKY = 1
    BUILDING = 2
    ROAD = 3
    SIDEWALK = 4
    FENCE = 5
    VEGETATION = 6
    POLE = 7
    CAR = 8
    SIGN = 9
    PEDESTRIAN = 10
    BICYCLE = 11
    LANE = 12
    LIGHT = 15


CLASSES = {  # name: (id in the file, colour of GT/COLOR); train ids count from 0 in this order
    'sky': (Label.SKY, (128, 128, 128)),
    'building': (Label.BUILDING, (128, 0, 0)),
    'road': (Label.ROAD, (128, 64, 128)),
    'sidewalk': (Label.SIDEWALK, (0, 0, 192)),
    'fence': (Label.FENCE, (64, 64, 128)),
    'vegetation': (Label.VEGETATION, (128, 128, 0)),
    'pole': (Label.POLE, (192, 192, 128)),
    'car': (Label.CAR, (64, 0, 128)),
    'traffic sign': (Label.SIGN, (192, 128, 128)),
    'pedestrian': (Label.PEDESTRIAN, (64, 64, 0)),
    'bicycle': (Label.BICYCLE, (0, 128, 192)),
    'lane marking': (Label.LANE, (0, 172, 0)),
    'traffic light': (Label.LIGHT, (0, 128, 128)),
}
NUM_IDS = 16  # ids 0 to 15

TRAIN_IDS = np.full(NUM_IDS, IGNORE, np.uint8)  # (16,): id in the file -> train id
TRAIN_IDS[[file_id for file_id, _ in CLASSES.values()]] = range(len(CLASSES))

COLOURS = np.zeros((NUM_IDS, 3), np.uint8)  # (16, 3): id in the file -> RGB, black for void
for _id, _colour in CLASSES.values():
    COLOURS[_id] = _colour


def decode_labels(data, name):
    """Decode one label file.

    Args:
        data (bytes): Content of the file.
        name (str | Path): What to call it in an error.

    Returns:
        np.ndarray: (H, W) uint8 train ids 0 to 12; 255 where the pixel is void.

    Raises:
        UserError: Damaged, not a 16-bit 3-channel PNG, an unknown class id, or nothing but void.
    """
    labels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if labels is None:
        raise UserError(f'{name} cannot be decoded: it is damaged or no PNG; unpack it again.')
    if labels.dtype != np.uint16 or labels.ndim != 3 or labels.shape[2] != 3:
        channels = 1 if labels.ndim == 2 else labels.shape[2]
        raise UserError(f'{name} is a {labels.dtype.itemsize * 8}-bit image of {channels} channel(s), but '
                        'SYNTHIA-SEQS labels are 16-bit with 3: use the original file from GT/LABELS.')
    ids = labels[..., 2]  # OpenCV turns R, G, B into B, G, R, and the class is in R
    if ids.max() >= NUM_IDS:
        unknown = np.unique(ids[ids >= NUM_IDS])[:5].tolist()
        raise UserError(f'{name} has class ids {unknown}, but SYNTHIA-SEQS has 0 to {NUM_IDS - 1}: use the '
                        'original file from GT/LABELS.')
    train_ids = TRAIN_IDS[ids]
    if (train_ids == IGNORE).all():
        raise UserError(f'{name} is void in every pixel, which happens when a program that does not know '
                        '16-bit PNGs has saved it again: use the original file from GT/LABELS.')
    return train_ids


def encode_train_ids(train_ids) -> bytes:
    """Encode train ids as an 8-bit PNG of one channel, which decodes several times as fast as the original file.

    Args:
        train_ids (np.ndarray): (H, W) uint8, 255 where the pixel is void.
    """
    return cv2.imencode('.png', train_ids)[1].tobytes()


def decode_train_ids(data, name):
    """Decode what `encode_train_ids` has made, into the same as `decode_labels`.

    Raises:
        UserError: Damaged, or something else.

    Example:
        >>> decode_train_ids(encode_train_ids(np.array([[0, 12, IGNORE]], np.uint8)), 'a.png')
        array([[  0,  12, 255]], dtype=uint8)
    """
    train_ids = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if train_ids is None or train_ids.dtype != np.uint8 or train_ids.ndim != 2:
        raise UserError(f'{name} is damaged: remove it, and advbn-seg prepare-synthia makes it again.')
    return train_ids

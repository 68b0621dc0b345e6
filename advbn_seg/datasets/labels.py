"""The classes of SYNTHIA-SEQS and how its label files encode them.

A label file is a 16-bit, 3-channel PNG: its first channel is the class id, its second the instance. Common
decoders (PIL, OpenCV's default, mmseg's stock loader) reduce it to 8 bits and return zeros without a word;
this one refuses what it cannot read right. Source: the read-me of the video sequences at
http://synthia-dataset.net. Decoding takes longer than that of the image, so a data set can hold a second, compact
file of each label.
"""

import cv2
import numpy as np

from ..errors import UserError

IGNORE = 255
CLASSES = {  # name: (id in the file, colour); train ids count from 0 in this order
    'sky': (1, (70, 130, 180)),
    'building': (2, (70, 70, 70)),
    'road': (3, (128, 64, 128)),
    'sidewalk': (4, (244, 35, 232)),
    'fence': (5, (190, 153, 153)),
    'vegetation': (6, (107, 142, 35)),
    'pole': (7, (153, 153, 153)),
    'car': (8, (0, 0, 142)),
    'traffic sign': (9, (220, 220, 0)),
    'pedestrian': (10, (220, 20, 60)),
    'bicycle': (11, (119, 11, 32)),
    'lane marking': (12, (157, 234, 50)),
    'traffic light': (15, (250, 170, 30)),
}
NUM_IDS = 16  # ids 0 to 15: 0 is void, 13 and 14 are reserved

TRAIN_IDS = np.full(NUM_IDS, IGNORE, np.uint8)  # (16,): id in the file -> train id
TRAIN_IDS[[file_id for file_id, _ in CLASSES.values()]] = range(len(CLASSES))


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
    """An 8-bit PNG of one channel, which decodes several times as fast as the file that the train ids came from."""
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
        raise UserError(f'{name} is damaged: remove it, and tools/prepare_synthia.py makes it again.')
    return train_ids

"""The SYNTHIA classes: their ids in the label files, and the colours of ``GT/COLOR``."""
from enum import IntEnum

import numpy as np


class Label(IntEnum):
    """Class id as SYNTHIA-SEQS stores it (13 and 14 are reserved there and never drawn here)."""

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


COLOURS = np.zeros((16, 3), np.uint8)
"""RGB colour of each class id, (16, 3) uint8."""

for _label, _colour in {
    Label.SKY: (128, 128, 128), Label.BUILDING: (128, 0, 0), Label.ROAD: (128, 64, 128),
    Label.SIDEWALK: (0, 0, 192), Label.FENCE: (64, 64, 128), Label.VEGETATION: (128, 128, 0),
    Label.POLE: (192, 192, 128), Label.CAR: (64, 0, 128), Label.SIGN: (192, 128, 128),
    Label.PEDESTRIAN: (64, 64, 0), Label.BICYCLE: (0, 128, 192), Label.LANE: (0, 172, 0),
    Label.LIGHT: (0, 128, 128),
}.items():
    COLOURS[_label] = _colour

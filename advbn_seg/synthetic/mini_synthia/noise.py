"""Value noise on one fixed tile: every texture of the renderer reads from here."""
from functools import lru_cache

import cv2
import numpy as np

SIZE = 256  # side of the tile in texels; a power of two


@lru_cache(maxsize=1)
def _tile() -> np.ndarray:
    """Return four octaves, wrapping round, in -1..1: (SIZE, SIZE) float32."""
    rng = np.random.default_rng(0)
    tile = np.zeros((SIZE, SIZE), np.float32)
    for cells in (8, 32, 128, SIZE):
        octave = np.tile(rng.random((cells, cells), np.float32), (2, 2))
        octave = cv2.resize(octave, (2 * SIZE, 2 * SIZE), interpolation=cv2.INTER_LINEAR)
        half = SIZE // 2  # cut away from the border, where resizing cannot wrap round
        tile += octave[half:half + SIZE, half:half + SIZE] - .5
    return np.clip(tile / .9, -1, 1)


def grain(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return noise in -1..1 at texels (u, v), any shape, without interpolation: quick and crisp."""
    return _tile()[u.astype(np.int32) & SIZE - 1, v.astype(np.int32) & SIZE - 1]


def smooth(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return noise in -1..1 at texels (u, v), both (H, W) float32 within +-30,000, interpolated."""
    return cv2.remap(_tile(), v, u, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)

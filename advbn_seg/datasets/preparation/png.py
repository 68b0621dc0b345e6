"""PNG files that nobody vouches for, opened after a look at their size."""
from pathlib import Path

import cv2
import numpy as np

from ...errors import UserError
from ...runtime.regular_files import check_regular

MAX_PIXELS = 1 << 25  # of SYNTHIA's frames each has 972800


def read_png(path) -> bytes:
    """Return the bytes of a PNG of a size that a frame may have.

    Source: https://www.w3.org/TR/png-3/#11IHDR.

    Raises:
        OSError: The file cannot be read.
        UserError: The file is no PNG, no ordinary file, or of more than `MAX_PIXELS`.
    """
    check_regular(path)
    data = Path(path).read_bytes()
    if data[:8] != b'\x89PNG\r\n\x1a\n' or data[12:16] != b'IHDR' or len(data) < 24:
        raise UserError(f'{path} cannot be decoded: it is damaged or no PNG; unpack it again.')
    width, height = (int.from_bytes(data[start:start + 4], 'big') for start in (16, 20))
    if width * height > MAX_PIXELS:
        raise UserError(f'{path} is {width}x{height}, but a frame of SYNTHIA-SEQS is 1280x760: unpack it again.')
    return data


def decode_png(path, flags) -> np.ndarray:
    """Return the pixels of a PNG, decoded by OpenCV with its `flags`.

    Raises:
        OSError: The file cannot be read.
        UserError: See `read_png`, or the file is damaged.
    """
    pixels = cv2.imdecode(np.frombuffer(read_png(path), np.uint8), flags)
    if pixels is None:
        raise UserError(f'{path} cannot be decoded: it is damaged or no PNG; unpack it again.')
    return pixels

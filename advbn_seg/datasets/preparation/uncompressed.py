"""Images as BMP files, which hold the same pixels and decode several times as fast, for loaders short of cores."""
from contextlib import closing

import cv2

from ..layout import image_folder, same_time, uncompressed_folder, write_copy
from .png import decode_png


def write_uncompressed(sequence, stems, view, pool, on_frame=lambda: None):
    """Write the BMP files of some frames that have none yet, or one of another image.

    A BMP file has the image's time of change, by which the data set knows that it is of this image.

    Args:
        sequence (Path): `SYNTHIA-SEQS-*` folder.
        stems (list[str]): of the frames.
        view (str): such as `Stereo_Left/Omni_F`.
        pool (concurrent.futures.Executor): frames are written in it.
        on_frame (callable): called after each frame.

    Raises:
        UserError: a damaged image.
    """
    images, copies = image_folder(sequence, view), uncompressed_folder(sequence, view)
    files = [(images / f'{stem}.png', copies / f'{stem}.bmp') for stem in stems]
    with closing(pool.map(_write, files)) as written:  # closed, it cancels what an interrupt left
        for _ in written:
            on_frame()


def _write(files):
    image, copy = files
    if not same_time(copy, image):
        pixels, status = decode_png(image, cv2.IMREAD_COLOR), image.stat()
        write_copy(copy, cv2.imencode('.bmp', pixels)[1], status)

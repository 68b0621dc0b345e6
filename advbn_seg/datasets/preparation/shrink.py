"""Smaller copies of sequences, in the layout and formats of the originals, so that one reader serves both."""

import shutil
from contextlib import closing

import cv2

from ...errors import UserError
from ...runtime.atomic_io import write_text
from ..layout import frame_stems, image_folder, label_folder, paired_frames, same_time, write_copy
from .png import decode_png
from .prepare import check_free

NOTE = 'source.txt'  # of an unfinished copy: which sequence it is of
# folder of the layout, how to decode it, how to interpolate it
PARTS = ((image_folder, cv2.IMREAD_COLOR, cv2.INTER_AREA),
         (label_folder, cv2.IMREAD_UNCHANGED, cv2.INTER_NEAREST_EXACT))


def shrink_sequence(sequence, place, height, view, pool, on_bytes=lambda count: None):
    """Copy one view of a sequence with smaller frames: images by area, labels by the nearest pixel.

    The copy appears once it is whole. A call after one that was killed goes on with the files that are there. A call
    after a finished one does nothing.

    Args:
        sequence (Path): `SYNTHIA-SEQS-*` folder; its other views and parts are left out.
        place (Path): Where the copy goes.
        height (int): Pixels; the width keeps the proportions.
        view (str): Such as `Stereo_Left/Omni_F`.
        pool (concurrent.futures.Executor): Files are copied in it.
        on_bytes (callable): Called with the size of each file of the copy.

    Raises:
        FileNotFoundError: The view is not there or holds no frame.
        FileExistsError: Something else is in its place.
        UserError: The sequence itself, or its copy of another height, is there; a frame without its image or label; a
            file that is damaged or not higher than `height`.
    """
    stems = paired_frames(sequence, view)
    if place.exists() and place.samefile(sequence):
        raise UserError(f'{place} is the sequence itself: give --out another folder for the copy.')
    if (frame_stems(image_folder(place, view)) == set(stems)
            and all(same_time(copy, file) for file, copy, *_ in files_of(sequence, place, view, stems))):
        first = image_folder(place, view) / f'{stems[0]}.png'
        if (found := decode_png(first, cv2.IMREAD_COLOR).shape[0]) == height:
            return
        raise UserError(f'{place} has these frames {found} pixels high, not {height}: give another --out.')
    check_free(place, sequence)
    staging = place.with_name(f'.{place.name}.{height}')
    note, source = staging / NOTE, str(sequence.resolve())
    if staging.exists() and (not note.is_file() or note.read_text(encoding='utf-8') != source):
        shutil.rmtree(staging)  # of another source, whose frames are not to be mixed with these
    write_text(note, source)
    files = files_of(sequence, staging, view, stems)
    with closing(pool.map(lambda file: _shrink(*file, height), files)) as sizes:  # closed, it cancels the rest
        for size in sizes:
            on_bytes(size)
    note.unlink()
    staging.rename(place)


def files_of(sequence, place, view, stems):
    """Return (original, copy, how to decode, how to interpolate) of each file of some frames."""
    return [(folder(sequence, view) / f'{stem}.png', folder(place, view) / f'{stem}.png', *how)
            for folder, *how in PARTS for stem in stems]


def _shrink(source, target, flags, interpolation, height) -> int:
    if not same_time(target, source):
        status = source.stat()
        pixels = decode_png(source, flags)
        if not 0 < height < pixels.shape[0]:
            raise UserError(f'{source} is {pixels.shape[0]} pixels high: choose a --height from 1 to below that, not '
                            f'{height}.')
        width = round(pixels.shape[1] * height / pixels.shape[0])
        pixels = cv2.resize(pixels, (width, height), interpolation=interpolation)
        write_copy(target, cv2.imencode('.png', pixels)[1], status)
    return target.stat().st_size

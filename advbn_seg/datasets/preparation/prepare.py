"""From downloaded archives or unpacked folders to a checked SYNTHIA-SEQS data set."""

import re
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import cv2

from ...runtime.regular_files import check_name
from ..labels import decode_labels, encode_train_ids
from ..layout import VIEW, frame_stems, image_folder, label_folder, train_id_folder, unpaired_frames, write_copy
from .archives import extract
from .png import decode_png, read_png

SEQUENCE_NAME = re.compile(r'SYNTHIA-SEQS-\d\d-[A-Z]+')
MAC = '__MACOSX'  # in archives that macOS makes: attributes of the files, in folders of the same names


def bring_in(source, root, ledger, on_bytes, copy=None, max_bytes=None):
    """Put the sequences of one source under `root`: archives are unpacked, folders elsewhere are linked.

    Args:
        source (Path): Archive, sequence folder, or folder with sequence folders in it; see `find_sequences`.
        root (Path): The data root.
        ledger (Ledger): Remembers archives that are unpacked, so that they are not unpacked again.
        on_bytes (callable): Called with each number of bytes unpacked.
        copy (callable, optional): Called as copy(sequence, place) for each sequence, in the place of a link or a
            move; see `shrink.shrink_sequence`.
        max_bytes (float, optional): Most bytes of one archive on the disk; see `archives.extract`.

    Raises:
        FileNotFoundError: Nothing is there, or no sequence in it.
        FileExistsError: `root` already has another folder of that name.
        UserError: See `archives.extract`; or a name that is not UTF-8.
    """
    check_name(source, 'the command line')
    if source.is_dir():
        for folder in find_sequences(source):
            (copy or _link)(folder, root / folder.name)
    elif source.is_file():
        folders = ledger.get(source.name, [source], _are_sequences)
        if not folders or not all((root / name).is_dir() for name in folders):
            ledger.record(source.name, [source], _unpack(source, root, on_bytes, copy, max_bytes))
    else:
        raise FileNotFoundError(f'{source} is not there: name an archive or an unpacked folder of '
                                'SYNTHIA-SEQS.')


def _are_sequences(found):
    return isinstance(found, list) and all(isinstance(name, str) and SEQUENCE_NAME.fullmatch(name) for name in found)


def find_sequences(folder, source=None) -> list[Path]:
    """Return the `SYNTHIA-SEQS-NN-CONDITION` folders: the one given, or those at most two levels down, or else three.

    Args:
        folder (Path): Where to look.
        source (Path, optional): The archive that was unpacked there.

    Raises:
        FileNotFoundError: There is none.
    """
    near = [folder.resolve(), *folder.glob('[!.]*'), *folder.glob('[!.]*/[!.]*')]
    for places in near, folder.glob('[!.]*/[!.]*/[!.]*'):
        named = sorted(path for path in places if SEQUENCE_NAME.fullmatch(path.name) and path.parent.name != MAC)
        if found := [path for path in named if (path / 'RGB').is_dir()]:
            return found
        if gone := [path for path in named if path.is_symlink() and not path.exists()]:
            raise FileNotFoundError(f'{gone[0]} links to {gone[0].readlink()}, which is gone: name the place where '
                                    'that folder is now.')
    raise FileNotFoundError(f'No folder named like SYNTHIA-SEQS-01-DAWN, with RGB in it, in {source or folder}: '
                            'name the download of a SYNTHIA video sequence.')


def _link(folder, place):
    if place.exists() and place.samefile(folder):
        return
    if place.is_symlink() and not place.exists():
        place.unlink()  # to a folder that was moved
    check_free(place, folder)
    place.symlink_to(folder.resolve(), target_is_directory=True)


def _unpack(archive, root, on_bytes, copy, max_bytes) -> list[str]:
    staging = root / f'.unpacking-{archive.name}'
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    try:
        extract(archive, staging, on_bytes, max_bytes)
        folders = find_sequences(staging, archive)
        if not copy:
            for folder in folders:
                check_free(root / folder.name, archive)
        for folder in folders:
            (copy or Path.rename)(folder, root / folder.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [folder.name for folder in folders]


def check_free(place, source):
    """Raise FileExistsError where something is in the place that a sequence is to have."""
    if place.exists() or place.is_symlink():
        raise FileExistsError(f'{place} is there already, as another file or a copy, so nothing of {source} was put in '
                              'its place: give another --out, or move it away and run this again.')


def frame_files(sequence, view=VIEW) -> list[tuple[Path, Path, Path]]:
    """Return (image, label, compact label) of every frame that has the first two, in order; the third may not exist."""
    folders = [folder(sequence, view) for folder in (image_folder, label_folder, train_id_folder)]
    stems = sorted(set.intersection(*map(frame_stems, folders[:2])))
    return [tuple(folder / f'{stem}.png' for folder in folders) for stem in stems]


def check_sequence(sequence, view, pool, on_frame=lambda: None):
    """Open every image and label of one view, and write the compact labels of the frames that are well.

    Args:
        sequence (Path): `SYNTHIA-SEQS-*` folder.
        view (str): Such as `Stereo_Left/Omni_F`.
        pool (concurrent.futures.Executor): Frames are opened in it.
        on_frame (callable): Called after each frame.

    Returns:
        tuple: Problems, a list with one line each; and the (width, height) that most frames have in pixels,
            or None where no frame could be read.
    """
    problems, frames, sizes = unpaired_frames(sequence, view), frame_files(sequence, view), {}
    with closing(pool.map(_check_frame, frames)) as results:  # closed, it cancels what an interrupt left
        for (image, *_), result in zip(frames, results):
            on_frame()
            if isinstance(result, str):
                problems.append(result)
            else:
                sizes[image] = result
    if not frames:
        images = image_folder(sequence, view)
        views = sorted('/'.join(path.parts[-2:]) for path in sequence.glob('RGB/*/*') if path.is_dir())
        nothing = (f'{images} has no frame with a label: unpack it again.' if images.is_dir() or not views else
                   f'{images} is not there: give a --view that is, such as {views[0]}.')
        return [nothing, *problems], None
    usual = Counter(sizes.values()).most_common(1)[0][0] if sizes else None
    problems += [f'{image} is {_text(size)}, but most of this view are {_text(usual)}: unpack it again.'
                 for image, size in sizes.items() if size != usual]
    return problems, usual


def _check_frame(frame):
    """Return (width, height) of a frame that is well, or else a sentence about the problem."""
    image_path, label_path, compact_path = frame
    try:
        status = label_path.stat()
        image = decode_png(image_path, cv2.IMREAD_COLOR)
        labels = decode_labels(read_png(label_path), label_path)
    except (OSError, ValueError) as error:
        return str(error)
    size, label_size = image.shape[1::-1], labels.shape[::-1]
    if size != label_size:
        return f'{image_path} is {_text(size)}, but its label is {_text(label_size)}: unpack both again.'
    write_copy(compact_path, encode_train_ids(labels), status)
    return size


def is_size(found):
    """Return whether `found` may be the (width, height) of a view, in pixels."""
    return isinstance(found, list) and len(found) == 2 and all(type(length) is int and length > 0 for length in found)


def _text(size):
    return '{}x{}'.format(*size)

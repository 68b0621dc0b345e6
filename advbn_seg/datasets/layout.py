"""Where things lie in an unpacked SYNTHIA-SEQS data set: sequence folders, views, frames and split lists.

    ROOT/SYNTHIA-SEQS-01-DAWN/RGB/Stereo_Left/Omni_F/000000.png
    ROOT/SYNTHIA-SEQS-01-DAWN/GT/LABELS/Stereo_Left/Omni_F/000000.png
    ROOT/splits/highway_dawn_train.txt
    ROOT/train_ids/SYNTHIA-SEQS-01-DAWN/Stereo_Left/Omni_F/000000.png    # where prepare-synthia has been
    ROOT/uncompressed/SYNTHIA-SEQS-01-DAWN/Stereo_Left/Omni_F/000000.bmp    # what it was asked for

Source: http://synthia-dataset.net (video sequences). A domain is a scene under a condition, such as
`highway/dawn`.
"""

import os
from pathlib import Path

from ..errors import UserError
from ..runtime.atomic_io import replacing
from ..runtime.regular_files import check_name

# SYNTHIA numbers its towns: 01 and 06 are Highway, 02 and 05 New York-like City, 04 Old European Town. The
# AdvBN paper does not say which numbers it used, so every user of this table takes another one as an option.
SEQUENCES = dict(highway='01', nyc='02')
CONDITIONS = ('dawn', 'fog', 'night', 'spring', 'winter',  # the paper's five, in its order
              'fall', 'rain', 'rainnight', 'softrain', 'summer', 'sunset', 'winternight')
SPLITS = ('train', 'val')
VIEW = 'Stereo_Left/Omni_F'  # the paper's: left camera, looking forward


def sequence_folder(root, scene, condition, sequences=SEQUENCES) -> Path:
    """Return the folder of one domain, which need not exist.

    Raises:
        UserError: The scene is not in `sequences`, or SYNTHIA has no such condition.
    """
    if scene not in sequences:
        raise UserError(f"Unknown scene '{scene}': choose one of {', '.join(sequences)}, or name its number "
                        f"in `sequences`, such as sequences=dict({scene}='05').")
    if condition not in CONDITIONS:
        raise UserError(f"Unknown condition '{condition}': choose one of {', '.join(CONDITIONS)}.")
    return Path(root) / f'SYNTHIA-SEQS-{sequences[scene]}-{condition.upper()}'


def image_folder(sequence, view=VIEW) -> Path:
    return Path(sequence) / 'RGB' / view


def label_folder(sequence, view=VIEW) -> Path:
    return Path(sequence) / 'GT' / 'LABELS' / view


def train_id_folder(sequence, view=VIEW) -> Path:
    """Return the folder of labels that decode quicker; in the data root, as a sequence may be a link to elsewhere."""
    sequence = Path(sequence)
    return sequence.parent / 'train_ids' / sequence.name / view


def uncompressed_folder(sequence, view=VIEW) -> Path:
    """Return the folder of images that decode quicker, in the data root as well."""
    sequence = Path(sequence)
    return sequence.parent / 'uncompressed' / sequence.name / view


def same_time(copy, original) -> bool:
    """Return whether there is a copy, with the original's time of change: in seconds, as some file systems keep it."""
    return copy.is_file() and int(copy.stat().st_mtime) == int(original.stat().st_mtime)


def write_copy(path, data, original):
    """Write the bytes of a copy in one step, with the time of change of its original, an `os.stat`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
        os.utime(temporary, ns=(original.st_atime_ns, original.st_mtime_ns))


def split_file(root, scene, condition, split) -> Path:
    return Path(root) / 'splits' / f'{scene}_{condition}_{split}.txt'


def read_split(path) -> list[str]:
    """Return the stems that a split list names.

    Raises:
        UserError: It is not UTF-8, as an editor may have saved it.
    """
    try:
        return list(filter(None, map(str.strip, Path(path).read_text(encoding='utf-8').splitlines())))
    except UnicodeDecodeError:
        raise UserError(f'The split list {path} is not UTF-8: save it so, or remove it and make it again.') from None


def find_domains(root, sequences=SEQUENCES) -> dict[tuple[str, str], Path]:
    """Return the domains that are there: {(scene, condition): sequence folder}, by scene in the paper's order."""
    folders = {(scene, condition): sequence_folder(root, scene, condition, sequences)
               for scene in sequences for condition in CONDITIONS}
    return {domain: folder for domain, folder in folders.items() if folder.is_dir()}


def frame_stems(folder) -> set[str]:
    """Return the stems of the PNG files of one folder; empty where there is no such folder.

    Raises:
        UserError: A name that is not UTF-8.
    """
    # Hidden files are what macOS leaves in archives (._000000.png): no frames.
    stems = {path.stem for path in Path(folder).glob('*.png') if not path.name.startswith('.')}
    for stem in stems:
        check_name(stem, folder)
    return stems


def unpaired_frames(sequence, view=VIEW) -> list[str]:
    """Return one line for each frame that has only an image or only a label; empty if all is well."""
    images, labels = image_folder(sequence, view), label_folder(sequence, view)
    with_image, with_label = frame_stems(images), frame_stems(labels)
    return [f'{here / stem}.png has no {what} in {there}.'
            for here, there, what, stems in ((images, labels, 'label', with_image - with_label),
                                             (labels, images, 'image', with_label - with_image))
            for stem in sorted(stems)]


def paired_frames(sequence, view=VIEW) -> list[str]:
    """Return the sorted stems of one view. Numbering has gaps, so frames are paired by stem and not by position.

    Raises:
        FileNotFoundError: The view is not there or holds no frame.
        UserError: A frame has only an image or only a label.
    """
    stems = frame_stems(image_folder(sequence, view))
    if not stems:
        raise FileNotFoundError(f'No frame (*.png) in {image_folder(sequence, view)}: unpack the sequence '
                                f"again, or choose a view it has (here '{view}').")
    unpaired = unpaired_frames(sequence, view)
    if unpaired:
        raise UserError(f'{unpaired[0]} {len(unpaired)} such frame(s) in this view: unpack the sequence '
                        'again.')
    return sorted(stems)

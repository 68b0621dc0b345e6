"""Per-image counts beside matrix.json: what resampling the images of a domain needs, and JSON has no room for.

`counts/SHA.npz` belongs to the checkpoint whose SHA-256 begins with `SHA`. Its arrays are called BRANCH/DOMAIN and hold
whole numbers of pixels, (images, 3, classes) int32: the intersection of prediction and label, the predicted area and
the labelled area, as `metric.areas` counts them. Images are in the order of the data set.
"""
from pathlib import Path

import numpy as np
import torch

from ...errors import UserError
from ...runtime.atomic_io import replacing
from ..results import beside
from .metric import areas

FOLDER = 'counts'


def file_of(folder, row):
    """Return the path of a row's counts, see `beside`."""
    return beside(folder, FOLDER, row, '.npz')


def keep(folder, row, target, counts):
    """Add the counts of one cell, (images, 3, classes), to the file of its row, which is replaced in one step.

    A damaged file is begun anew.
    """
    path = file_of(folder, row)
    try:
        arrays = read(path)
    except UserError:
        arrays = {}
    write(path, arrays | {f'{row.branch}/{target}': np.asarray(counts, dtype=np.int32)})


def carry(folder, row, other):
    """Take over the counts of a row from the folder of one matrix into that of another."""
    paths = [file_of(each, row) for each in (folder, other)]
    if Path(folder).resolve() != Path(other).resolve() and (found := read(paths[0])):
        write(paths[1], read(paths[1]) | found)


def load(folder, row):
    """Return the counts of a row, those of the cells that it has: {domain: (images, 3, classes) int32}.

    Raises:
        UserError: The file is damaged, or counts something else than the cells of the row.
    """
    path = file_of(folder, row)
    arrays = read(path)
    counts = {target: arrays[f'{row.branch}/{target}'] for target in row.cells if f'{row.branch}/{target}' in arrays}
    for target, found in counts.items():
        if not np.array_equal(found.sum(0, dtype=np.int64), totals(row.cells[target])):
            raise UserError(f'{path}: {row.branch}/{target} does not add up to the cell of {row.place} in the JSON; '
                            'delete both files to measure anew')
    return counts


def totals(cell):
    """Return the same counts of all images of a cell together, (3, classes)."""
    return areas(torch.tensor(cell.get('confusion', [[0]]))).numpy()


def write(path, arrays):
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def read(path):
    """Return the arrays of a file by name; none where there is no file.

    Raises:
        UserError: The file is damaged.
    """
    if path is None or not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except Exception as error:  # zip, zlib and numpy have many
        raise UserError(f'{path} is damaged ({error}); delete the file, and the matrix has no intervals for its run '
                        'until both are measured anew') from None
    for name, array in arrays.items():
        if array.dtype != np.int32 or array.ndim != 3:
            raise UserError(f'{path}: {name} has {array.ndim} dimensions of {array.dtype}, three of int32 were '
                            'expected (images, 3, classes); delete the file')
    return arrays

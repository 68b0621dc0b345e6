"""What rows of one file must agree on, and what would count twice: refused before anything is measured."""
import os

from ..errors import UserError
from .fingerprint import digest

MEANT = dict(data='frames', labels='labels', pipeline='pipelines')  # stamps that say what the name of a target means


def refuse_shared_images(run, targets):
    """Raise UserError where two targets hold the same image, and do the same with it."""
    found = {}
    for cell in targets:
        change = digest(cell.config.get('pipeline'))
        for index in range(len(cell.dataset)):
            path = str(cell.dataset.get_data_info(index)['img_path'])
            first = found.setdefault((os.path.realpath(path), change, cell.branch), cell)
            if first is not cell:
                raise UserError(f'{run.name}: {first.name} and {cell.name} share images, such as {path}: give each '
                                'a folder or a list of its own')


def refuse_copies(runs):
    """Raise UserError where two runs have the same weights: results hold these once."""
    found = {}
    for run in runs:
        first = found.setdefault((run.sha256, run.branch), run)
        if first.checkpoint != run.checkpoint:
            raise UserError(f'{first.checkpoint} and {run.checkpoint} have the same weights: leave one of them out')


def stamped_cells(results, end=''):
    """Return what results have for `check_same_data`; `end` follows each place."""
    return [(name, cell, row.place + end) for row in results.rows for name, cell in row.cells.items()]


def check_same_data(stamped, path):
    """Raise UserError where different frames or pipelines are meant by the same name.

    Args:
        stamped (list): (name of a target, its stamp, who was or will be measured on it).
        path (Path): the file that is to hold the rows.
    """
    found = {}
    for name, stamp, place in stamped:
        for key in [key for key in MEANT if key in stamp]:
            found.setdefault((key, name), {}).setdefault(stamp[key], place)
    for (key, name), places in found.items():
        if len(places) > 1:
            raise UserError(f'{name}: the {MEANT[key]} of {" and of ".join(places.values())} are not the same; use the '
                            f'same for all rows of {path}, or another --out')

"""The results of either task, told by the name of their file."""
from pathlib import Path

from .classification.robustness import Robustness
from .segmentation.matrix import CrossDomainMatrix

KINDS = (CrossDomainMatrix, Robustness)


def load_results(path):
    """Return the results of a file: `Robustness` of a robustness.json, else a `CrossDomainMatrix`.

    Raises:
        UserError: The file is missing or holds something else.
    """
    return next((kind for kind in KINDS if kind.file == Path(path).name), KINDS[0]).load(path)


def results_in(folder):
    """Return the results of a folder, or None where it has none.

    Raises:
        UserError: The file holds something else.
    """
    paths = [path for kind in KINDS if (path := Path(folder) / kind.file).exists()]
    return load_results(paths[0]) if paths else None

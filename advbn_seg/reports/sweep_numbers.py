"""What a sweep shows of either task's results: the columns of Table 3's summary, or those of Table 1."""
from pathlib import Path

from ..errors import UserError
from ..evaluation.classification.robustness import Robustness, RobustnessRow
from ..evaluation.results import MEASURED, NAMES
from ..evaluation.results_files import results_in
from ..evaluation.segmentation.matrix import UNSEEN
from .robustness import in_order, titled
from .sweep import NAMES as SHARED


def numbers_in(folder):
    """Return the numbers of the matrix.json or robustness.json of a folder, as `write_sweep` takes them.

    Raises:
        UserError: There is neither.
    """
    results = results_in(folder)
    if results is None:
        raise UserError(f'{folder} has neither a matrix.json nor a robustness.json: score the runs into it')
    return (robustness_numbers if isinstance(results, Robustness) else matrix_numbers)(results)


def matrix_numbers(matrix):
    """Return the mIoU on the source and the mean over unseen domains of each row."""
    frame = matrix.frame()
    frame = frame[frame.origin == MEASURED]
    own = [line[line.source] if line.source in matrix.targets else float('nan') for _, line in frame.iterrows()]
    return with_places(frame, matrix).assign(**{'mIoU on the source': own, 'mIoU on unseen domains': frame[UNSEEN]})


def robustness_numbers(robustness):
    """Return one number a set of each row."""
    frame = robustness.frame(RobustnessRow.summary)
    numbers = in_order(frame[frame.columns[len(NAMES):]])
    return with_places(frame, robustness).join(titled(numbers, any(row.is_imagenet for row in robustness.rows)))


def with_places(frame, results):
    """Return the names of a frame's lines, as readers know them, which several points share, and their work dirs.

    Of several checkpoints in a work dir, as a training leaves that was moved away, the one that was scored last counts.
    """
    names = results.names()
    labels = {(row.place, row.branch): names[row.label] for row in results.rows}
    places = [str(Path(run).parent if Path(run).suffix == '.pth' else run) for run in frame.run]
    frame = frame.assign(place=places, label=[labels[key] for key in zip(frame.run, frame.branch)])
    return frame.drop_duplicates(['place', 'branch'], keep='last')[SHARED]

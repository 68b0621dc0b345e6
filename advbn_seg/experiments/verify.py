"""The check that runs reach the numbers that their configs expect: `expected = dict(unseen=34.4, tolerance=1.)`.

The number is mIoU in percent, the mean over the domains that a run was not trained on, through its main norms. A run
reaches the number within the tolerance, to either side.
"""
from ..errors import UserError
from ..evaluation.segmentation import CrossDomainMatrix
from ..evaluation.training_log import diverged


def expectations(runs):
    """Return {run: what its config expects}.

    Args:
        runs (list[Run]): those of a sweep are left out.

    Raises:
        UserError: No config of these runs expects a number.
    """
    expected = {run: run.cfg.expected for run in runs
                if not run.point and {'unseen', 'tolerance'} <= run.cfg.get('expected', {}).keys()}
    if not expected:
        raise UserError('no config of these runs has expected = dict(unseen=..., tolerance=...) to verify')
    return expected


def verify(expected, matrix):
    """Return one line for each run, and whether all are reached.

    Args:
        expected (dict): of `expectations`.
        matrix (Path): matrix.json with a row of each.

    Returns:
        (list[str], bool)

    Raises:
        UserError: A run was not measured.
    """
    measured = unseen_means(matrix)
    lines = []
    for run, each in expected.items():
        ended = next((each for each in (run, run.start) if each and diverged(each.folder)), None)
        if ended and str(run.folder) not in measured:
            lines.append(f'NOT REACHED: {run.name} seed {run.seed}: {ended.folder} has diverged')
            continue
        if str(run.folder) not in measured:
            raise UserError(f'{matrix} lacks {run.folder}, or some of its domains: score it first')
        found = measured[str(run.folder)]
        verdict = 'reached' if abs(found - each.unseen) <= each.tolerance else 'NOT REACHED'
        lines.append(f'{verdict}: {run.name} seed {run.seed}: unseen {found:.2f}, expected {each.unseen} '
                     f'± {each.tolerance}')
    return lines, all(line.startswith('reached') for line in lines)


def unseen_means(matrix):
    """Return {work dir: mean mIoU over unseen domains in percent} of the rows that were scored with main norms.

    Rows that lack a domain are left out.
    """
    frame = CrossDomainMatrix.load(matrix).frame()
    main = frame[(frame.branch == 'main') & (frame.origin == 'measured') & frame.unseen.notna()]
    return dict(zip(main.run, main.unseen))

"""From runs to a matrix: everything is checked first, then only what is not known yet is measured."""
import gc
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mmengine.dist import barrier, is_main_process

from ...errors import UserError
from ..fingerprint import data_fingerprint, digest, settings_fingerprint
from .domains import dataset_config, open_dataset
from .matrix import CrossDomainMatrix, Row
from .measure import load_model, measure


@dataclass
class Target:
    """One cell to be: a domain's name and dataset, and the hashes that its number depends on."""
    name: str
    dataset: object
    stamp: dict

    @property
    def classes(self):
        return list(self.dataset.metainfo['classes'])


def measure_matrix(runs, path, batch_size=None, num_workers=None, device=None, progress=None):
    """Measures each run on each of its targets and keeps `path` up to date after each cell.

    Rows that `path` holds of other runs stay; cells of the same checkpoint, branch, data and settings are reused.
    In a process group the ranks share the batches, and all of them return the same matrix; one writes it.

    Args:
        runs (list[Run]): from `open_run`.
        path (str | Path): the matrix.json to begin or to continue.
        batch_size, num_workers, device: see `measure` and `load_model`.
        progress (callable, optional): called as progress(total, text, images) before each cell and after each batch:
            the images of the whole call, what is measured, and how many more images are done.

    Returns:
        CrossDomainMatrix: complete, and as saved.

    Raises:
        UserError: where a run cannot be read or does not belong into the same matrix.
    """
    plans = plan_all(runs, batch_size)
    matrix = begin(plans[0], path)
    pending = []
    for run, targets in plans:
        check_kind(matrix, run, targets, path)
        row = Row(run.method, run.source, run.branch, run.seed, run.name, run.checkpoint.name, run.sha256,
                  cells=known_cells(matrix, run, targets))
        pending.append((run, row, [target for target in targets if target.name not in row.cells]))
    for _, row, _ in pending:
        matrix.put(row)
    check_same_data(matrix, plans, path)
    save = partial(matrix.save, path) if is_main_process() else ignore
    barrier()  # until every rank has read what was there
    total = sum(len(target.dataset) for _, _, targets in pending for target in targets)
    if not total:
        save()
    advance = partial(progress or ignore, total)
    for run, row, targets in pending:
        for target, cell in measured(run, targets, advance, device, batch_size, num_workers):
            row.cells[target.name] = {**cell, **target.stamp}
            save()
    return matrix


def plan_all(runs, batch_size):
    """[(run, its targets), ...]."""
    opened = {}
    gc.freeze()  # mmengine collects garbage with each dataset, and would go through all of torch every time
    try:
        return [(run, plan(run, opened, batch_size)) for run in runs]
    finally:
        gc.unfreeze()


def plan(run, opened, batch_size):
    """The targets of a run; `opened` keeps each dataset with its fingerprint, for the runs that share it."""
    choice = dict(batch_size=batch_size or run.cfg.test_dataloader.batch_size) if run.branch == 'auto' else {}
    targets = []
    for domain in run.domains:
        key = digest(dataset_config(run.cfg, domain))
        if key not in opened:
            dataset = open_dataset(run.cfg, domain)
            opened[key] = dataset, data_fingerprint(dataset)
        dataset, data = opened[key]
        stamp = dict(data=data, settings=settings_fingerprint(run.cfg, domain), **choice)
        targets.append(Target(domain.name, dataset, stamp))
    return targets


def begin(first, path):
    """The matrix of an earlier call, or an empty one of the kind of the first run."""
    if Path(path).exists():
        return CrossDomainMatrix.load(path)
    run, targets = first
    return CrossDomainMatrix(run.benchmark, targets[0].classes, [target.name for target in targets])


def check_kind(matrix, run, targets, path):
    """Raises UserError where a run has another benchmark, other targets or other classes than the matrix."""
    kinds = [('benchmark', [matrix.benchmark], [run.benchmark]),
             ('targets', matrix.targets, [target.name for target in targets])]
    kinds += [(f'classes of {target.name}', matrix.classes, target.classes) for target in targets]
    for what, expected, found in kinds:
        if found != expected:
            raise UserError(f'{run.path} has the {what} {", ".join(found)} but the other runs of {path} have '
                            f'{", ".join(expected)}; give it an --out of its own')


def known_cells(matrix, run, targets):
    """The cells of an earlier row of this checkpoint and branch whose data and settings are still the same."""
    cells = {}
    for row in matrix.rows:
        if (row.sha256, row.branch) == (run.sha256, run.branch):
            for target in targets:
                cell = row.cells.get(target.name)
                if cell and target.stamp.items() <= cell.items():
                    cells[target.name] = cell
    return cells


def check_same_data(matrix, plans, path):
    """Raises UserError where a row and a run of this call mean different frames by the same domain."""
    data = {}
    for run, targets in plans:
        for target in targets:
            data.setdefault(target.name, {})[target.stamp['data']] = run.name
    for row in matrix.rows:
        for name, cell in row.cells.items():
            data[name].setdefault(cell['data'], row.run)
    for name, found in data.items():
        if len(found) > 1:
            raise UserError(f'{name}: the frames of {" and of ".join(found.values())} are not the same; use one '
                            f'data set for all rows of {path}, or another --out')


def measured(run, targets, advance, device, batch_size, num_workers):
    """Yields (target, cell) for each target, with one loading of the model, and none where there is no target."""
    if not targets:
        return
    text = run.name
    advance(text, 0)
    runner = load_model(run.cfg, run.checkpoint, run.path / 'cross_domain', device,
                        lambda images: advance(text, images))
    cells = measure(runner, targets, batch_size, num_workers)
    for target in targets:
        text = f'{run.name} on {target.name}'
        advance(text, 0)
        yield target, next(cells)
    runner.visualizer.close()


def ignore(*_):
    """The progress of a caller who wants none."""

"""From runs to results: everything is checked first, then only what is not known yet is measured."""
import gc
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from mmengine.dist import all_reduce, barrier, is_main_process
from mmengine.evaluator import Evaluator
from mmengine.runner import TestLoop

from ..errors import UserError
from ..runtime.host import device_name
from ..runtime.run_lock import one_writer
from . import kept_records
from .batches import batches_by_cell
from .consistency import check_same_data, refuse_copies, refuse_shared_images, stamped_cells
from .fingerprint import data_fingerprint, digest, labels_fingerprint, settings_fingerprint, uses_fp16
from .loading import load_model, open_dataset, versions
from .results import DIVERGED
from .training_log import diverged


def ignore(*_):
    """Do nothing, where the caller wants nothing done."""


@dataclass(frozen=True)
class Task:
    """What segmentation and classification have of their own.

    Args:
        results (type): the `Results` that rows gather in.
        cells (callable): run -> list[Cell], all that the run is measured on.
        metric (callable): (config, images) -> the mmengine metric of one cell; the numbers it returns become the cell.
            `images` are the places in the dataset of those that this rank measures, in the order in which they come.
        headline (str): which of these numbers the visualiser gets, as it is spelt there.
        library (str): what the models come from, 'mmseg' or 'mmpretrain'.
        check_classes (callable): (run, cell, classes of its training, none if unknown) raises UserError where the cell
            has others in their places.
        shuffle (bool): whether the images of a cell are mixed; see `batches_by_cell`.
        keep (callable): (folder of the results, row, name of a cell, what the metric returned as `per_image` or None)
            writes what the JSON has no room for.
        carry (callable): (folder, row, other folder) takes that over from one folder of results into another.
        has_diverged_rows (bool): whether a run that has diverged is a row, without cells.
    """
    results: type
    cells: Callable
    metric: Callable
    headline: str
    library: str
    check_classes: Callable
    shuffle: bool = False
    keep: Callable = ignore
    carry: Callable = ignore
    has_diverged_rows: bool = False


@dataclass
class Cell:
    """What gets one number: a name, the config of a dataset, and the branch of norms to run through.

    `pipeline` is given where it makes the domain, as that of a corruption does: all rows need the same. The engine
    opens the dataset, and collects in `stamp` what the number depends on besides the checkpoint.
    """
    name: str
    config: dict
    branch: str
    pipeline: list | None = None
    dataset: object = None
    stamp: dict | None = None

    @property
    def classes(self):
        return list(self.dataset.metainfo['classes'])


def measure(task, runs, path, device=None, progress=None):
    """Measure each run on each of its cells, and keep `path` up to date after each.

    Rows that `path` holds of other runs stay; cells of the same checkpoint, branch, data and settings are reused.
    In a process group the ranks share the batches, and all of them return the same results; one writes them.

    Args:
        task (Task): what is measured, and how.
        runs (list[Run]): from `open_runs`.
        path (str | Path): the JSON file to begin or to continue; what the task keeps of images lies beside it.
        device (str, optional): see `load_model`.
        progress (callable, optional): called as progress(total, text, images) before each cell and after each batch.
            These are the images of the whole call, what is measured, and how many more images are done.

    Returns:
        Results: complete, and as saved.

    Raises:
        UserError: where a run cannot be read or does not belong into the same results, or another process measures
            into the same folder.
    """
    plans = plan_all(task, runs)
    with one_writer(Path(path).parent, is_main_process(), '--out'):
        return measure_plans(task, plans, path, device, progress)


def measure_plans(task, plans, path, device, progress):
    """Measure what `plan_all` has planned; see `measure`."""
    if not any(targets for _, targets in plans):
        run = plans[0][0]
        raise UserError(f'{run.name} has diverged: {diverged(run.path)}; give another run, too, or CONFIG CHECKPOINT')
    results = task.results.load(path) if Path(path).exists() else task.results.begin(*plans[0])
    pending = []
    for run, targets in plans:
        if targets:
            results.check_fits(task.results.begin(run, targets), run.name, path)
        row = task.results.row_of(run, targets)
        row.cells = known_cells(results, row, targets)
        pending.append((run, row, [target for target in targets if target.name not in row.cells]))
    refuse_copies([run for run, _ in plans])
    for _, row, _ in pending:
        results.put(row)
    planned = [(target.name, target.stamp, run.name) for run, targets in plans for target in targets]
    check_same_data([*planned, *stamped_cells(results)], path)
    keep, save = (task.keep, partial(results.save, path)) if is_main_process() else (ignore, ignore)
    for run, _ in plans if is_main_process() else ():
        kept_records.keep(Path(path).parent, run)
    barrier()  # until every rank has read what was there
    total = sum(len(target.dataset) for _, _, targets in pending for target in targets)
    if not total:
        save()
    advance = partial(progress or ignore, total)
    for run, row, targets in pending:
        logs = Path(path).parent / 'logs' / row.sha256[:16]  # not in the work dir, which may be read-only
        for target, cell in measured(task, run, targets, logs, advance, device):
            keep(Path(path).parent, row, target.name, cell.pop('per_image', None))
            row.cells[target.name] = cell
            save()
    return results


def plan_all(task, runs):
    """Return [(run, its targets), ...]; runs that share a dataset have it opened once."""
    opened, distinct = {}, []
    with short_collections():
        plans = [(run, task.cells(run) if run.branch != DIVERGED else []) for run in runs]
        for run, targets in plans:
            for cell in targets:
                prepare(run, cell, opened)
            datasets = [cell.dataset for cell in targets]
            if datasets not in distinct:
                refuse_shared_images(run, targets)
                distinct.append(datasets)
        return plans


@contextmanager
def short_collections():
    """Leave what there is out of garbage collections: mmengine runs one a dataset, each through all of torch."""
    if gc.get_freeze_count():  # the caller has done so, and thawing would undo it
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def prepare(run, cell, opened):
    """Open the dataset of a cell and stamp it; `opened` keeps each dataset with its fingerprints."""
    key = digest(cell.config)
    if key not in opened:
        dataset = open_dataset(run.cfg, cell.name, cell.config)
        labels = labels_fingerprint(dataset)
        opened[key] = dataset, dict(data=data_fingerprint(dataset), **({'labels': labels} if labels else {}))
    cell.dataset, data = opened[key]
    cell.stamp = dict(branch=cell.branch, settings=settings_fingerprint(run.config(cell.branch), cell.config), **data)
    if cell.pipeline is not None:
        cell.stamp['pipeline'] = digest(cell.pipeline)
    if cell.branch == 'auto':  # which chooses for a batch at a time
        cell.stamp['batch_size'] = run.cfg.test_dataloader.batch_size


def known_cells(results, row, targets):
    """Return the cells of earlier rows of these weights whose branch, data and settings are still the same.

    From the row of the same branch all cells are taken: what changed is not for `put` to keep.
    """
    cells = {}
    for old in (old for old in results.rows if old.sha256 == row.sha256):
        for target in targets:
            cell = (old.cells.pop if old.branch == row.branch else old.cells.get)(target.name, None)
            if cell and target.stamp.items() <= cell.items():
                cells[target.name] = cell
    return cells


def measured(task, run, targets, logs, advance, device):
    """Yield (target, cell) for each target, with one loading of the model for each branch that they need."""
    text = run.name

    def advanced(images):
        advance(text, images)

    for branch in dict.fromkeys(target.branch for target in targets):
        advanced(0)
        cfg = run.config(branch)
        runner = load_model(cfg, run.checkpoint, logs, device, advanced)
        mine = [target for target in targets if target.branch == branch]
        for target in mine:
            task.check_classes(run, target, runner.model.dataset_meta['classes'])
        streams = batches_by_cell([target.dataset for target in mine], cfg.test_dataloader, task.shuffle)
        for target, batches in zip(mine, streams):
            text = f'{run.name} on {target.name}'
            advanced(0)
            yield target, {**score(task, runner, target, batches), **target.stamp}
        runner.visualizer.close()


def score(task, runner, target, batches):
    """Measure one cell by mmengine's own test loop."""
    cfg, info = runner.cfg, runner.message_hub.runtime_info
    info.pop('aux_share', None)
    numbers = TestLoop(runner, batches, Evaluator(task.metric(cfg, batches.images)), fp16=uses_fp16(cfg)).run()
    if (headline := numbers[task.headline.lower()]) is not None:
        runner.visualizer.add_scalar(f'{target.name}/{task.headline}', headline)
    chosen = batches.number if 'aux_share' in info else 0
    counts = torch.tensor([round(info.get('aux_share', 0) * chosen), chosen])
    all_reduce(counts)  # with 'auto' each rank has chosen for its own batches
    if counts[1]:
        numbers['aux_share'] = counts[0].item() / counts[1].item()
    device = next(runner.model.parameters()).device
    return {**numbers, 'versions': versions(task.library), 'device': device_name(device)}

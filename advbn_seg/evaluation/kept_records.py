"""The records of trainings beside the results of them, as work dirs seldom last as long: `runs/SHA.json`."""
from pathlib import Path

from ..runtime.atomic_io import write_json
from .results import beside
from .training_log import RECORD, read_record, training_curves

FOLDER = 'runs'


def keep(folder, run):
    """Keep the record of a run, if `advbn-seg experiments` has written one, and its scores on validation frames."""
    work_dir = run.checkpoint.parent
    if record := read_record(work_dir / RECORD):
        validation = training_curves(work_dir).get('validation', [])
        write_json(beside(folder, FOLDER, run, '.json'), {**record, 'validation': validation})


def carry(folder, row, other):
    """Take over the record of a row from the folder of one file of results into that of another."""
    paths = [beside(each, FOLDER, row, '.json') for each in (folder, other)]
    if Path(folder).resolve() != Path(other).resolve() and None not in paths and (record := read_record(paths[0])):
        write_json(paths[1], record)

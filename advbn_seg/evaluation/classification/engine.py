"""From a checkpoint and folders to a row of numbers: each cell is measured once, and kept in a file of its own.

Several processes share the work by taking different cells; none needs to know of the others.
"""
import copy
import json
from itertools import groupby
from pathlib import Path

from ...runtime.atomic_io import write_text
from ..fingerprint import checkpoint_fingerprint, digest
from ..runs import adversarial_hooks, set_branch
from ..segmentation.measure import load_model
from .measure import measure, number_of_classes, open_cell, stamp
from .robustness import PAPER_BRANCHES, Row

CACHE = Path('work_dirs/robustness/cells')
NUMBERS = ('branch', 'images', 'top1', 'top5', 'aux_share')  # of a kept cell, what goes into its row


def evaluate(cfg, checkpoint, cells, norm_branch=None, batch_size=None, num_workers=None, device=None, begin=None,
             advance=None):
    """Measures a classifier on each cell, or finds that an earlier call has.

    Args:
        cfg (Config): of the model, with a `test_dataloader` whose pipeline resizes and crops as for ImageNet.
        checkpoint (str | Path): its weights.
        cells (list[Cell]): from `find_cells`.
        norm_branch ('main' | 'aux' | 'auto', optional): for all cells; the paper's choice for each if not given.
        batch_size, num_workers, device: see `measure` and `load_model`.
        begin (callable, optional): called as begin(name, images) before each cell.
        advance (callable, optional): called with the number of images after each batch.

    Returns:
        Row: with all cells.

    Raises:
        UserError: where a folder or the checkpoint does not suit the config.
    """
    sha256 = checkpoint_fingerprint(checkpoint)
    found = {}
    for branch, group in groupby(sorted(cells, key=lambda cell: branch_of(cfg, cell, norm_branch)),
                                 key=lambda cell: branch_of(cfg, cell, norm_branch)):
        branch_cfg, runner = copy.deepcopy(cfg), None
        set_branch(branch_cfg, branch)
        for cell in group:
            dataset = open_cell(branch_cfg, cell)
            if begin:
                begin(cell.name, len(dataset))
            marks = stamp(branch_cfg, cell, dataset)
            if branch == 'auto':  # which chooses for a batch at a time
                marks['batch_size'] = batch_size or cfg.test_dataloader.batch_size
            file = CACHE / sha256[:16] / f'{digest([cell.name, marks])}.json'
            if not file.is_file():
                runner = runner or load_model(branch_cfg, checkpoint, CACHE.parent / 'logs', device, advance)
                numbers = measure(runner, dataset, batch_size, num_workers)
                write_text(file, json.dumps(dict(branch=branch, **numbers, **marks)) + '\n')
            found[cell.name] = json.loads(file.read_text(encoding='utf-8'))
    ordered = {cell.name: {key: found[cell.name][key] for key in NUMBERS if key in found[cell.name]} for cell in cells}
    versions = [cell['versions'] for cell in found.values()]
    return Row(method=cfg.get('method', Path(cfg.filename).stem), branch=norm_branch or PAPER_BRANCHES,
               seed=(cfg.get('randomness') or {}).get('seed'), checkpoint=str(checkpoint), sha256=sha256,
               classes=number_of_classes(cfg), cells=ordered,
               versions=[each for index, each in enumerate(versions) if each not in versions[:index]])


def branch_of(cfg, cell, norm_branch):
    """The norms that a cell goes through; the main ones where the config's model has no others."""
    auxiliary = any(hook.get('auxiliary', True) for hook in adversarial_hooks(cfg))
    return norm_branch or (cell.variant.branch if auxiliary else 'main')

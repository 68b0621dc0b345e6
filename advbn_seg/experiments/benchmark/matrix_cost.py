"""The cost of the cross-domain matrix against one stock test for each domain, and whether their numbers agree."""
import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ...errors import UserError
from ...evaluation.segmentation import CrossDomainMatrix
from ...evaluation.segmentation.domains import target_domains
from ..queue import PYTHON


def timed(*command):
    """Run a command of ours, and return its seconds and its processor seconds: (2,)."""
    before = os.times()
    done = subprocess.run([*PYTHON, *map(str, command)], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f'advbn-seg {" ".join(map(str, command))} failed: {done.stderr.strip()}')
    user, system, elapsed = np.subtract(os.times(), before)[2:]
    return np.array([elapsed, user + system])


def time_matrix(run, folder, num_workers):
    """Return the times of `advbn-seg matrix` on all domains, and {domain: mIoU}."""
    options = [] if num_workers is None else ['--num-workers', num_workers]
    times = timed('matrix', run.path, '--out', folder, *options)
    row, = CrossDomainMatrix.load(folder / 'matrix.json').rows
    return times, {name: cell['miou'] for name, cell in row.cells.items()}


def time_stock(run, domain, folder):
    """Return the times of `advbn-seg test` on one domain, and its mIoU."""
    cfg = run.cfg.copy()
    cfg.test_dataloader.dataset.update(domain.dataset)
    config = folder / 'config.py'
    cfg.dump(config)
    times = timed('test', config, run.checkpoint, '--work-dir', folder / 'stock')
    log, = (folder / 'stock').glob('*/*.json')
    return times, json.loads(log.read_text())['mIoU']


def compare(run, repetitions, num_workers):
    """Return [seconds, processor seconds] of each repetition, and the mIoU of each domain, matrix before stock."""
    matrix_times, stock_times, domains = [], np.zeros((repetitions, 2)), target_domains(run)
    with Progress() as bar:
        task = bar.add_task(f'matrix and {len(domains)} stock tests', total=repetitions * (1 + len(domains)))
        for repetition in range(repetitions):
            with TemporaryDirectory() as folder:
                times, matrix = time_matrix(run, Path(folder), num_workers)
            matrix_times.append(times.tolist())
            bar.advance(task)
            miou = {}
            for domain in domains:
                with TemporaryDirectory() as folder:
                    times, stock = time_stock(run, domain, Path(folder))
                stock_times[repetition] += times
                miou[domain.name] = [matrix[domain.name], stock]
                bar.advance(task)
    return dict(matrix=matrix_times, stock=stock_times.tolist(), miou=miou)


def show(result):
    """Print the result of `compare`."""
    table = Table('median of repetitions', 'matrix', 'stock', 'stock / matrix')
    medians = zip(*(np.median(result[which], axis=0) for which in ('matrix', 'stock')))
    for name, (matrix, stock) in zip(('seconds', 'processor seconds'), medians):
        table.add_row(name, f'{matrix:.1f}', f'{stock:.1f}', f'{stock / matrix:.1f}')
    for name, (ours, theirs) in result['miou'].items():
        table.add_row(f'mIoU {name}', f'{ours:.2f}', f'{theirs:.2f}')
    Console().print(table)


def differing(result):
    """Return the domains on which matrix and stock test differ in two decimals."""
    return [name for name, (ours, theirs) in result['miou'].items() if f'{ours:.2f}' != f'{theirs:.2f}']

"""Times the cross-domain matrix of a RUN against one stock test for each domain, and compares their numbers.

    python tools/benchmark_matrix.py work_dirs/mini_synthia_highway_dawn_baseline --out results/benchmark_matrix.json

Both are whole processes, started in turns; a stock test is tools/test.py with the test set of one domain. Where the
machine does other things too, compare their processor time. The exit status is 1 where a number differs.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from advbn_seg.evaluation import open_run
from advbn_seg.evaluation.segmentation.domains import target_domains
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix
from advbn_seg.runtime.atomic_io import write_text
from advbn_seg.runtime.command_line import errors_in_one_sentence

TOOLS = Path(__file__).parent


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('run', metavar='RUN', help='work dir of one training')
    parser.add_argument('--repetitions', type=int, default=3)
    parser.add_argument('--num-workers', type=int, help="of the matrix, instead of the config's")
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for the numbers and every time')
    return parser.parse_args()


def timed(*command):
    """Seconds that a tool of ours took, and those of the processors in it: (2,)."""
    before = os.times()
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))} failed:\n{done.stderr}')
    user, system, elapsed = np.subtract(os.times(), before)[2:]
    return np.array([elapsed, user + system])


def time_matrix(run, folder, num_workers):
    """Times of tools/cross_domain_matrix.py on all domains, and {domain: mIoU}."""
    options = [] if num_workers is None else ['--num-workers', num_workers]
    times = timed(TOOLS / 'cross_domain_matrix.py', run.path, '--out', folder, *options)
    row, = CrossDomainMatrix.load(folder / 'matrix.json').rows
    return times, {name: cell['miou'] for name, cell in row.cells.items()}


def time_stock(run, domain, folder):
    """Times of tools/test.py on one domain, and its mIoU."""
    cfg = run.cfg.copy()
    cfg.test_dataloader.dataset.update(domain.dataset)
    config = folder / 'config.py'
    cfg.dump(config)
    times = timed(TOOLS / 'test.py', config, run.checkpoint, '--work-dir', folder / 'stock')
    log, = (folder / 'stock').glob('*/*.json')
    return times, json.loads(log.read_text())['mIoU']


def compare(run, repetitions, num_workers):
    """Times [seconds, processor seconds] of each repetition, and the mIoU of each domain, matrix before stock."""
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


def main():
    args = parse_args()
    with errors_in_one_sentence():
        run = open_run(args.run)
        result = compare(run, args.repetitions, args.num_workers)
    table = Table('median of repetitions', 'matrix', 'stock', 'stock / matrix')
    medians = zip(*(np.median(result[which], axis=0) for which in ('matrix', 'stock')))
    for name, (matrix, stock) in zip(('seconds', 'processor seconds'), medians):
        table.add_row(name, f'{matrix:.1f}', f'{stock:.1f}', f'{stock / matrix:.1f}')
    for name, (ours, theirs) in result['miou'].items():
        table.add_row(f'mIoU {name}', f'{ours:.2f}', f'{theirs:.2f}')
    Console().print(table)
    if args.out:
        write_text(args.out, json.dumps(result, indent=1) + '\n')
    differ = [name for name, (ours, theirs) in result['miou'].items() if f'{ours:.2f}' != f'{theirs:.2f}']
    sys.exit(f'mIoU differs on {", ".join(differ)}' if differ else 0)


if __name__ == '__main__':
    main()

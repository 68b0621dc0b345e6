"""The cost of the cross-domain matrix against one stock test for each domain, and what a domain and a run add to it."""
import json
import os
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import numpy as np
from mmengine.config import Config
from rich.progress import Progress

from ...errors import UserError
from ...evaluation.segmentation import CrossDomainMatrix
from ...evaluation.segmentation.domains import source_domain, target_domains
from ..queue import PYTHON, last_line

COSTS = 'seconds', 'processor seconds', 'GiB'  # of a process; the last is its memory at the worst moment
KIB_IN_GIB = 2 ** 20


def cost(*command):
    """Run a command of ours to its end, and return seconds, processor seconds, and GiB at the worst moment: (3,)."""
    with NamedTemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen([*PYTHON, *map(str, command)], stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise UserError(f'advbn-seg {" ".join(map(str, command))} failed: {last_line(Path(output.name))}')
    return np.array([elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_IN_GIB])


def matrix_cost(runs, num_workers, domains=None):
    """Return the costs of `advbn-seg matrix` on these domains (all), and {domain: mIoU} of the first run."""
    with TemporaryDirectory() as folder:
        options = [] if num_workers is None else ['--num-workers', num_workers]
        if domains:
            chosen = dict(domains=list(map(asdict, domains)), source_domain=source_domain(runs[0]))
            Config(chosen).dump(Path(folder, 'domains.py'))
            options += ['--domains', Path(folder, 'domains.py')]
        costs = cost('matrix', *(run.path for run in runs), '--out', folder, *options)
        row = CrossDomainMatrix.load(Path(folder, 'matrix.json')).rows[0]
    return costs, {name: cell['miou'] for name, cell in row.cells.items()}


def stock_cost(run, domain):
    """Return the costs of `advbn-seg test` on one domain, and its mIoU."""
    cfg = run.cfg.copy()
    cfg.test_dataloader.dataset.update(domain.dataset)
    with TemporaryDirectory() as folder:
        config = Path(folder, 'config.py')
        cfg.dump(config)
        costs = cost('test', config, run.checkpoint, '--work-dir', Path(folder, 'stock'))
        log, = Path(folder, 'stock', 'test').glob('*/*.json')
        return costs, json.loads(log.read_text(encoding='utf-8'))['mIoU']


def compare(runs, repetitions, num_workers):
    """Return the costs of each repetition, and the mIoU of each domain.

    Args:
        runs (list[Run]): of one benchmark.

    Returns:
        dict: what `cost` returns for the matrix of the first run as `matrix`, for its stock tests together as `stock`,
        for a matrix of one domain as `one_domain`, and for the matrix of all runs as `all_runs`, each a list over
        repetitions; `domains` and `runs`, how many there are; `miou`, by domain, [matrix, stock].
    """
    first, domains = runs[0], target_domains(runs[0])
    result = dict(domains=len(domains), runs=len(runs), matrix=[], stock=[], one_domain=[], all_runs=[], miou={})
    with Progress() as bar:
        task = bar.add_task('matrices and stock tests', total=repetitions * (len(domains) + 3))
        for _ in range(repetitions):
            costs, matrix = matrix_cost([first], num_workers)
            result['matrix'].append(costs.tolist())
            for name, given in dict(one_domain=dict(runs=[first], domains=domains[:1]),
                                    all_runs=dict(runs=runs)).items():
                result[name].append(matrix_cost(num_workers=num_workers, **given)[0].tolist())
            bar.advance(task, 3)
            tests = []
            for domain in domains:
                costs, stock = stock_cost(first, domain)
                tests.append(costs)
                result['miou'][domain.name] = [matrix[domain.name], stock]
                bar.advance(task)
            seconds, processor, memory = zip(*tests)
            result['stock'].append([sum(seconds), sum(processor), max(memory)])
    return result


def lines(result):
    """Return (title, costs) for each line of the table: medians, and what each further domain and run adds to them."""
    matrix, stock, one_domain, all_runs = (np.median(result[which], axis=0)
                                           for which in ('matrix', 'stock', 'one_domain', 'all_runs'))
    return [('matrix', matrix), (f'{result["domains"]} stock tests', stock), ('stock tests / matrix', stock / matrix),
            *([('each further domain', (matrix - one_domain) / (result['domains'] - 1))]
              if result['domains'] > 1 else []),
            *([('each further run', (all_runs - matrix) / (result['runs'] - 1))] if result['runs'] > 1 else [])]


def differing(result):
    """Return the domains on which matrix and stock test differ in two decimals."""
    return [name for name, (ours, theirs) in result['miou'].items() if f'{ours:.2f}' != f'{theirs:.2f}']

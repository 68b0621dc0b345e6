"""The results of a benchmark, on the terminal."""
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from .counters import KINDS
from .matrix_cost import COSTS, lines
from .measure import ABOUT

PEAK_TFLOPS = {  # dense, of the data sheets
    'H100': dict(float32=67, tf32=495, bfloat16=989), 'H200': dict(float32=67, tf32=495, bfloat16=989),
    'A100': dict(float32=19.5, tf32=156, bfloat16=312), 'RTX 4090': dict(float32=82.6, tf32=82.6, bfloat16=165),
    'V100': dict(float32=15.7)}


def show(rows, device):
    """Print the rows of `run_benchmark`.

    Args:
        device (str): its name, from `runtime.host.device_name`.
    """
    peaks = next((peaks for name, peaks in PEAK_TFLOPS.items() if name in device), {})
    table = Table('case', 'AdvBN after', 'm', 'precision', 'mode', 's a step (min-max)', 'images/s', 'x plain',
                  'cost / FLOP count of Algorithm 1', 'x reference', 'flipped %', 'memory x plain', 'TFLOP/s',
                  *(['of peak %'] if peaks else []))
    for row in rows:
        same = [other for other in rows if all(other[key] == row[key] for key in ABOUT)]
        plain, reference = (next(other for other in same if other['mode'] == mode) for mode in ('plain', 'reference'))
        own, base, theirs = (median(each['seconds']) for each in (row, plain, reference))
        yardstick = 2 * row['num_steps'] / 3 + 2
        table.add_row(
            *(str(row[key]) for key in ABOUT), row['mode'],
            f'{own:.4f} ({min(row["seconds"]):.4f}-{max(row["seconds"]):.4f})',
            f'{row["images"] / own:.1f}', f'{own / base:.2f}',
            '' if row is plain else f'{own / base / yardstick:.2f}', '' if row is plain else f'{theirs / own:.2f}',
            f'{100 * row["flipped"]:.2f}' if 'flipped' in row else '', f'{row["memory"] / plain["memory"]:.2f}',
            f'{row["flops"] / own / 1e12:.3f}',
            *([f'{100 * row["flops"] / own / 1e12 / peaks[row["dtype"]]:.0f}'] if row['dtype'] in peaks else []))
    Console(width=160).print(table)


def show_profile(rows):
    """Print the seconds of a step by kind of operation, of rows that were profiled."""
    table = Table('case', 'AdvBN after', 'm', 'precision', 'mode', *(f'{kind}, s' for kind in KINDS))
    for row in rows:
        seconds = (f'{value:.2f}' for value in row['profile'].values())
        table.add_row(*(str(row[key]) for key in ABOUT), row['mode'], *seconds)
    Console(width=160).print(table)


def show_strength(rows):
    """Print the rows of `measure_strength`."""
    table = Table('network', 'm', 'mode', 'strength in training mode', 'in eval mode')
    for row in rows:
        table.add_row(row['run'], str(row['num_steps']), row['mode'],
                      *('{:.2f} ± {:.2f}'.format(*row['strength'][which]) for which in ('training', 'eval')))
    Console(width=160).print(table)


def show_loaders(speeds):
    """Print the speeds of `time_loaders`, and the ratio of each root's to the first."""
    table = Table('data root', 'workers', 'frames/s, median', 'lowest', 'highest', 'against the first root')
    first, _ = next(iter(speeds))
    for (root, workers), values in speeds.items():
        ratio = median(np.divide(values, speeds[first, workers]))
        table.add_row(root, str(workers), *(f'{value:.1f}' for value in (median(values), min(values), max(values))),
                      f'{ratio:.2f}')
    Console().print(table)


def show_matrix_costs(result):
    """Print the result of `matrix_cost.compare`."""
    table = Table('median of repetitions', *COSTS)
    for title, costs in lines(result):
        table.add_row(title, *(f'{value:.2f}' for value in costs))
    Console().print(table)
    table = Table('mIoU', 'matrix', 'stock')
    for name, (ours, theirs) in result['miou'].items():
        table.add_row(name, f'{ours:.2f}', f'{theirs:.2f}')
    Console().print(table)

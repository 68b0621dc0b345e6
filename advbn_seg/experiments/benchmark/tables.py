"""The results of a benchmark, on the terminal."""
from statistics import median

from rich.console import Console
from rich.table import Table

from .counters import KINDS
from .measure import hardware
from .steps import is_bf16

PEAK_TFLOPS = {  # dense, of the data sheets: (fp32 with TF32 off, TF32)
    'H100': (67, 495), 'H200': (67, 495), 'A100': (19.5, 156)}


def show(rows, peak):
    """Print the rows of `run_benchmark`.

    Args:
        peak (float, optional): TFLOP/s that the device reaches at best.
    """
    table = Table('case', 'AdvBN after', 'm', 'mode', 's a step (min-max)', 'images/s', 'x plain',
                  'cost / FLOP count of Algorithm 1', 'x reference', 'flipped %', 'memory x plain', 'TFLOP/s',
                  *(['of peak %'] if peak else []))
    for row in rows:
        same = [other for other in rows if all(other[key] == row[key] for key in ('case', 'layer', 'num_steps'))]
        plain, reference = (next(other for other in same if other['mode'] == mode) for mode in ('plain', 'reference'))
        own, base, theirs = (median(each['seconds']) for each in (row, plain, reference))
        yardstick = 2 * row['num_steps'] / 3 + 2
        table.add_row(
            row['case'], row['layer'], str(row['num_steps']), row['mode'],
            f'{own:.3f} ({min(row["seconds"]):.3f}-{max(row["seconds"]):.3f})',
            f'{row["images"] / own:.1f}', f'{own / base:.2f}',
            '' if row is plain else f'{own / base / yardstick:.2f}', '' if row is plain else f'{theirs / own:.2f}',
            f'{100 * row["flipped"]:.2f}' if 'flipped' in row else '', f'{row["memory"] / plain["memory"]:.2f}',
            f'{row["flops"] / own / 1e12:.3f}',
            *([f'{100 * row["flops"] / own / 1e12 / peak:.0f}'] if peak and not is_bf16(row['mode']) else []))
    Console(width=160).print(table)


def show_profile(rows):
    """Print the seconds of a step by kind of operation, of rows that were profiled."""
    table = Table('case', 'AdvBN after', 'm', 'mode', *(f'{kind}, s' for kind in KINDS))
    for row in rows:
        table.add_row(row['case'], row['layer'], str(row['num_steps']), row['mode'],
                      *(f'{seconds:.2f}' for seconds in row['profile'].values()))
    Console(width=160).print(table)


def peak_tflops(device, dtype, tf32):
    """Return the peak TFLOP/s of a device in float32, by its data sheet; None where we know none."""
    if dtype != 'float32':
        return None
    fp32, fast = next((peaks for name, peaks in PEAK_TFLOPS.items() if name in hardware(device)), (None, None))
    return fast if tf32 else fp32

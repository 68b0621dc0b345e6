"""Forecasts on the terminal, and as a CSV file."""
import csv
import io
import math

from rich.table import Table

from ..runtime.atomic_io import write_text
from .benchmark.tables import PEAK_TFLOPS
from .forecast import TIMED

GPUS = {'V100': 'a V100', 'RTX 4090': 'an RTX 4090', 'A100': 'an A100', 'H100': 'an H100'}
SHARE = 1 / 3  # of the data sheet's rate, which convolutional networks reach at best
NOTE = (f'Here: by the median of {TIMED} steps, from random weights, with the loading of their batches. Validation, '
        'start-up and scoring are not in it. GiB: tensors at the worst moment of a step. On a GPU: at a third of the '
        'rate of its data sheet (TF32; float32 on a V100), if the loader keeps up; small networks reach less.')


def forecast_texts(rows, jobs=1):
    """Return a table of forecasts, and sentences about all of them together.

    Args:
        rows (list): (name, how many such trainings, name of the training that it starts from or '', `Forecast`).
        jobs (int): trainings at a time here.

    Returns:
        (rich.table.Table, str)
    """
    table = Table('training')
    for head in ('runs', 'steps', 's a step', 'GFLOP a step', 'GiB', 'here'):
        table.add_column(head, justify='right', no_wrap=True)
    own = {name: each.seconds * each.steps for name, _, _, each in rows}
    rounds = {name: math.ceil(count / jobs) * own[name] for name, count, _, _ in rows}
    for name, count, _, each in rows:
        table.add_row(name, str(count), str(each.steps), f'{each.seconds:.3g}', f'{each.flops / 1e9:.3g}',
                      f'{each.memory / 2 ** 30:.2f}', clock(rounds[name]))
    starts = {name: start for name, _, start, _ in rows}

    def with_starts(name):
        """Return the seconds of a training and of all that it waits for."""
        return own[name] + with_starts(starts[name]) if name in own else 0

    total = sum(count * own[name] for name, count, _, _ in rows)
    here = clock(max(*rounds.values(), *map(with_starts, own), total / jobs))
    gpus = ', '.join(f'{clock(sum(count * gpu_seconds(each, gpu) for _, count, _, each in rows))} on {name}'
                     for gpu, name in GPUS.items())
    return table, f'In all {here} here, {jobs} at a time; one after the other {gpus}. {NOTE}'


def write_forecasts(path, rows):
    """Write a CSV file of forecasts: a line for each training, without what depends on how busy the machine is.

    Args:
        path (Path): its folder is made.
        rows (list): (name, how many such trainings, name of the training that it starts from or '', `Forecast`).
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['training', 'runs', 'starts from', 'steps', 'flops a step', 'bytes'])
    writer.writerows([name, count, start, each.steps, each.flops, each.memory] for name, count, start, each in rows)
    write_text(path, text.getvalue())


def gpu_seconds(forecast, gpu):
    rates = PEAK_TFLOPS[gpu]
    return forecast.steps * forecast.flops / (SHARE * rates.get('tf32', rates['float32']) * 1e12)


def clock(seconds):
    """Return a duration with two digits.

    Example:
        >>> clock(3), clock(100), clock(9000), clock(1e6)
        ('3.0 s', '1.7 min', '2.5 h', '278 h')
    """
    value, unit = next((seconds / size, unit) for size, unit in ((3600, 'h'), (60, 'min'), (1, 's'))
                       if seconds >= size or size == 1)
    return f'{value:.0f} {unit}' if value >= 10 else f'{value:.1f} {unit}'

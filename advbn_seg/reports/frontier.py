"""What a cheaper attack costs against how strong it is: the table and the picture of the frontier."""
import json
from statistics import median

from matplotlib.figure import Figure

from ..errors import UserError
from ..runtime.atomic_io import write_json
from .figures import save_figure


def frontier(steps, strengths):
    """Return the points of the frontier: one for each mode that was both timed and measured.

    Args:
        steps (list[dict]): rows of `advbn-seg benchmark`, in one precision.
        strengths (list[dict]): rows of `advbn-seg benchmark-strength`, of one or several networks.

    Returns:
        list[dict]: m, mode, network; `plain_steps` and `speedup` over the reference, of the median seconds; `training`
        and `eval`, the strengths.

    Raises:
        UserError: if no mode is in both, or one was timed more than once.
    """
    seconds = {}
    for row in steps:
        mode = row['num_steps'], row['mode']
        if mode in seconds:
            raise UserError(f'the times have {row["mode"]} with m = {row["num_steps"]} more than once, of several '
                            'cases, layers or precisions: time one of these (--cases, --layers, --dtype)')
        seconds[mode] = median(row['seconds'])
    points = []
    for row in strengths:
        own, plain, reference = (seconds.get((row['num_steps'], mode)) for mode in (row['mode'], 'plain', 'reference'))
        if own and plain and reference:
            points.append(dict(num_steps=row['num_steps'], mode=row['mode'], network=row['run'],
                               plain_steps=own / plain, speedup=reference / own, training=row['strength']['training'],
                               eval=row['strength']['eval']))
    if not points:
        raise UserError('no mode is both among the times and among the strengths: measure both with the same m')
    return points


def write_frontier(times, strengths, out):
    """Write the frontier of two kinds of measurements as OUT.json and OUT.png.

    Args:
        times (Path), strengths (list[Path]): what the two tools wrote.
        out (Path): without a suffix.

    Raises:
        UserError: if a file is of another kind, and see `frontier`.
    """
    points = frontier(read_rows(times, 'benchmark', lambda content: content['rows'], 'seconds'),
                      [row for file in strengths for row in read_rows(file, 'benchmark-strength', list, 'strength')])
    write_json(f'{out}.json', points)
    save_figure(f'{out}.png', draw_frontier(points))


def read_rows(file, command, rows_of, number):
    """Return the rows of a JSON file that a command wrote.

    Args:
        rows_of (callable): of the file's content.
        number (str): what each row has, beside its m and its mode.

    Raises:
        UserError: if the file is of another kind.
    """
    try:
        rows = rows_of(json.loads(file.read_text(encoding='utf-8')))
        if all({number, 'num_steps', 'mode'} <= row.keys() for row in rows):
            return rows
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    raise UserError(f'{file} is not what advbn-seg {command} writes: give such a file')


def draw_frontier(points):
    """Return the figure of cost against strength in training: a plot for each m, a colour a mode, a marker a net."""
    asked = sorted({point['num_steps'] for point in points})
    modes = list(dict.fromkeys(point['mode'] for point in points))
    networks = list(dict.fromkeys(point['network'] for point in points))
    figure = Figure(figsize=(5.5 * len(asked), 5), dpi=150, layout='constrained')
    for axes, num_steps in zip(figure.subplots(1, len(asked), squeeze=False).flat, asked):
        for point in points:
            if point['num_steps'] == num_steps:
                strength, interval = point['training']
                axes.errorbar(point['plain_steps'], strength, interval, capsize=3, label=point['mode'],
                              marker='os^Dv'[networks.index(point['network']) % 5],
                              color=f'C{modes.index(point["mode"])}')
        axes.axhline(1, color='0.6', lw=1)
        axes.set_title(f'm = {num_steps}')
        axes.set_xlabel('cost of a step, in plain steps')
        axes.set_ylabel('strength, 1 is the attack that was asked for')
        handles = dict(zip(*axes.get_legend_handles_labels()[::-1]))
        axes.legend(handles.values(), handles.keys(), fontsize=8)
    return figure

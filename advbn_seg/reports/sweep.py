"""A sweep as a picture and a table: accuracy, adversarial loss and minutes over the swept arguments (Figure 4)."""
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..errors import UserError
from ..evaluation.results import BASELINE, CONTROL, mean_and_std
from ..runtime.atomic_io import write_text
from .escape import picture
from .figures import save_figure, shared_legend
from .tables import Table, as_markdown, texts

NAMES = ['source', 'label', 'method', 'branch', 'seed', 'place']  # the first columns of the numbers of a run
LOSS, MINUTES = 'adversarial loss', 'training (minutes)'
WIDE = 6  # characters of a value, beyond which those of neighbours would meet
COLUMNS = 4  # of panels, at most, where there is one source
STYLES = {BASELINE: ':', CONTROL: '--'}


def write_sweep(sweep, numbers, folder):
    """Write a sweep_ARGUMENTS.png for each sweep of a report, and one sweep.md.

    Args:
        sweep (Sweep): of the report.
        numbers (DataFrame): of its results, one line a run and branch: `NAMES`, of which place is the work dir, then
            the numbers to show.
        folder (Path): of the files.

    Returns:
        (list[Table], list[Path]): what the .md has, and the files.

    Raises:
        UserError: No run of the sweep has results.
    """
    frame = joined(sweep, numbers)
    tables, files = [], [Path(folder) / 'sweep.md']
    for keys in frame.arguments[frame.arguments.map(bool)].unique():
        lines = frame[frame.arguments.isin([keys, ()])]
        tables.append(sweep_table(lines, keys))
        files.append(Path(folder) / f'sweep_{"_".join(keys)}.png')
        save_figure(files[-1], draw_sweep(lines, keys))
    write_text(files[0], as_markdown(tables))
    return tables, files


def joined(sweep, numbers):
    """Return the lines of `numbers` whose runs are points, with `arguments` and `point` of these, loss and minutes.

    A run without a point has () of both.
    """
    points = {point.place: point for point in sweep.points}
    frame = numbers[numbers.place.isin(list(points))].reset_index(drop=True)
    found = [points[place] for place in frame.place]
    if not any(point.values for point in found):
        raise UserError('the results have no run of the sweep: score its runs first, in the same folder')
    frame.insert(0, 'arguments', pd.Series([tuple(point.values) for point in found], dtype=object))
    frame.insert(1, 'point', pd.Series([tuple(point.values.values()) for point in found], dtype=object))
    frame[LOSS] = pd.Series([point.adversarial_loss for point in found], dtype=float)
    frame[MINUTES] = [point.seconds / 60 for point in found]
    values = ascending([tuple(point.values.values()) for point in sweep.points])
    order = {value: index for index, value in enumerate(values)}
    return frame.sort_values('point', key=lambda column: column.map(order), kind='stable', ignore_index=True)


def ascending(points):
    """Return tuples of values in ascending order where all are numbers, and else as they came."""
    try:
        return sorted(points, key=lambda values: list(map(float, values)))
    except ValueError:
        return points


def shown(frame):
    """Return the numbers of `joined` that some line has."""
    return [name for name in frame if name not in (*NAMES, 'arguments', 'point') and frame[name].notna().any()]


def sweep_table(frame, keys):
    """Return mean and deviation over seeds of each point, those without a point first."""
    names = [f'{label}, {", ".join(map(" ".join, zip(keys, values)))}' if values else label
             for label, values in zip(frame.label, frame.point)]
    groups = frame.assign(name=names).sort_values('arguments', key=lambda column: column.map(len), kind='stable')
    groups = groups.groupby(['source', 'name'], sort=False)[shown(frame)]
    mean, std = mean_and_std(groups)
    cells = texts(mean, std)
    if LOSS in cells:
        cells[LOSS] = texts(mean[[LOSS]], std[[LOSS]], '{:.3f}')
    cells.insert(0, 'runs', groups.size().astype(str))
    return Table(cells.rename_axis(['source', 'method']), f'Sweep of {", ".join(keys)}',
                 'mean and standard deviation over runs that differ in their seed; adversarial loss: the mean over the '
                 'last epoch, or the last that was logged; minutes: of a machine that may have had other work.')


def draw_sweep(frame, keys):
    """Return the figure of each number over the points: a row for each source, a line for each method and branch.

    A band is the range over seeds. Runs without a point, such as baseline and control, are horizontal lines.

    Args:
        frame (DataFrame): from `joined`.
        keys (tuple[str]): the swept arguments.
    """
    sources = frame.source.unique()
    panels = [(source, column) for source in sources for column in shown(frame)]
    down = len(sources) if len(sources) > 1 else -(-len(panels) // COLUMNS)
    across = -(-len(panels) // down)
    ticks = list(frame.point[frame.point.map(bool)].unique())
    names = ['\n'.join(map(picture, values)) for values in ticks]
    turned = dict(rotation=20, ha='right') if max(len(value) for values in ticks for value in values) > WIDE else {}
    colours = {label: f'C{index}' for index, label in enumerate(frame.label[frame.point.map(bool)].unique())}
    figure = Figure(figsize=(2.7 * across + 0.4, 2.4 * down + 0.9), dpi=110, layout='constrained')
    grid = figure.subplots(down, across, squeeze=False, sharex=True)
    for axes, (source, column) in zip(grid.flat, panels):
        lines = frame[(frame.source == source) & frame[column].notna()]
        if column in (LOSS, MINUTES):  # which the branches of one training share
            lines = lines.drop_duplicates('place')
        draw_lines(axes, lines, column, ticks, colours)
        axes.set_title(picture(f'{source}: {column}' if len(sources) > 1 else column), fontsize=9)
        axes.set_xticks(range(len(ticks)), names, fontsize=8, **turned)
        axes.set_xlabel('\n'.join(keys), fontsize=8)
        axes.tick_params(labelbottom=True)
    shared_legend(figure)
    return figure


def draw_lines(axes, lines, column, ticks, colours):
    """Draw one number of one source, in the colours {label: colour} of all panels."""
    for label, group in lines.groupby('label', sort=False):
        swept = group[group.point.map(bool)]
        plain = group.drop(swept.index)
        if len(plain):
            style = STYLES.get(group.method.iloc[0], '-.')
            axes.axhline(plain[column].mean(), ls=style, color='0.45', lw=1.2, label=picture(label))
        if swept.empty:
            continue
        seeds = swept.groupby('point', sort=False)[column]
        mean = seeds.mean()
        x = np.array([ticks.index(values) for values in mean.index])
        axes.plot(x, mean, marker='.', color=colours[label], label=picture(label))
        axes.fill_between(x, seeds.min(), seeds.max(), color=colours[label], alpha=0.18, lw=0)
    axes.grid(alpha=0.3)
    axes.tick_params(labelsize=8)

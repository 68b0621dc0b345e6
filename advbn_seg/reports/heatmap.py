"""The matrix as a picture: methods grouped by source down, targets grouped by scene across."""
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..evaluation.segmentation.matrix import UNSEEN
from .escape import picture

GAP = 0.25  # between groups, in cells
LETTER = 5.2  # of a name, points of width, about
FITTING = 8  # letters over a cell
SLANTED = dict(rotation=40, ha='left', rotation_mode='anchor')  # longer names


def heatmap(matrix):
    """Return the figure of the mean mIoU of each line of the summary on each target, in-domain cells outlined.

    Args:
        matrix (CrossDomainMatrix): with at least one row.
    """
    mean, _, runs = matrix.summary()
    columns = [*matrix.targets, UNSEEN]
    scenes = [target.rpartition('/')[0] for target in matrix.targets] + [UNSEEN]
    sources = [source for source, _ in mean.index]
    x, y = positions(scenes), positions(sources)
    titles = matrix.names()
    names = [picture(titles[each] + (f' (n={count})' if count > 1 else '')) for (_, each), count in runs.items()]
    space = LETTER * max(map(len, names))
    figure = Figure(figsize=(1.35 + space / 72 + 0.62 * (x[-1] + 1), 1.5 + 0.36 * (y[-1] + 1)), dpi=200,
                    layout='constrained')
    axes = figure.add_subplot()
    values = mean[columns].to_numpy()
    known = values[~np.isnan(values)]
    low, high = (known.min(), known.max()) if known.size else (0, 100)
    for group_y, rows in groups(y):
        for group_x, cells in groups(x):
            extent = (group_x, group_x + len(cells), group_y + len(rows), group_y)
            image = axes.imshow(values[np.ix_(rows, cells)], extent=extent, vmin=low, vmax=high, cmap='viridis',
                                aspect='auto', interpolation='nearest')
    axes.set(xlim=(-GAP, x[-1] + 1 + GAP), ylim=(y[-1] + 1 + GAP, -GAP))  # imshow changes them
    annotate(axes, mean[columns], x, y, low + 0.6 * (high - low))
    name_columns(axes, matrix.targets, scenes, x)
    name_rows(axes, sources, names, y)
    axes.tick_params(length=0, labelsize=9)
    axes.spines[:].set_visible(False)
    colorbar = figure.colorbar(image, ax=axes, shrink=0.9, aspect=30, pad=0.015)
    colorbar.set_label('mIoU (%)')
    colorbar.outline.set_visible(False)
    return figure


def positions(names):
    """Return where each cell begins, with a gap where the name changes."""
    gaps = np.cumsum([0, *(GAP if name != before else 0 for before, name in zip(names, names[1:]))])
    return np.arange(len(names)) + gaps


def groups(positions):
    """Return (first position, indices) of each run of cells without a gap."""
    breaks = np.flatnonzero(np.diff(positions) > 1) + 1
    return [(positions[part[0]], part) for part in np.split(np.arange(len(positions)), breaks)]


def annotate(axes, values, x, y, dark_above):
    """Write each number into its cell, and outline the cells whose target is the source."""
    for top, ((source, _), row) in zip(y, values.iterrows()):
        for left, (target, value) in zip(x, row.items()):
            if value == value:
                axes.text(left + 0.5, top + 0.5, f'{value:.1f}', ha='center', va='center', fontsize=8.5,
                          color='black' if value > dark_above else 'white')
            if target == source:
                axes.add_patch(Rectangle((left + 0.04, top + 0.05), 0.92, 0.9, fill=False, lw=1.8, ec='crimson'))


def name_columns(axes, targets, scenes, x):
    """Write the names of conditions above the cells, and those of scenes above these; all slanted where one is long."""
    conditions = [picture(target.rpartition('/')[2]) for target in targets] + ['mean']
    longest = max(map(len, conditions))
    is_long = longest > FITTING
    axes.set_xticks(x + 0.5, conditions, **(SLANTED if is_long else {}))
    axes.xaxis.tick_top()
    height = 20 + is_long * LETTER * longest * np.sin(np.radians(SLANTED['rotation']))
    headings = [(picture(scenes[members[0]]), left, len(members)) for left, members in groups(x)]
    is_long = any(len(scene) > FITTING * cells for scene, _, cells in headings)
    for scene, left, cells in headings:
        axes.annotate(scene, (left + cells / 2, 1), xycoords=('data', 'axes fraction'), xytext=(0, height),
                      textcoords='offset points', va='bottom', weight='bold',
                      **(SLANTED if is_long else dict(ha='center')))


def name_rows(axes, sources, names, y):
    """Write the names of methods to the left, and those of sources to the left of these."""
    axes.set_yticks(y + 0.5, names)
    width = 20 + LETTER * max(map(len, names))
    for top, members in groups(y):
        axes.annotate(f'trained on\n{picture(sources[members[0]])}', (0, top + len(members) / 2),
                      xycoords=('axes fraction', 'data'), xytext=(-width, 0), textcoords='offset points', ha='center',
                      va='center', weight='bold', rotation=90, fontsize=9)

"""Feature divergence as tables and as a picture: Figure 5, one panel a domain, one line a method."""
from os.path import commonprefix

import numpy as np
from matplotlib.figure import Figure

from ..evaluation.results import summarise
from ..runtime.atomic_io import write_text
from .escape import picture
from .figures import save_figure, shared_legend
from .gain_by_divergence import correlations, gain_points, scatter
from .tables import Table, as_markdown, extent, named, texts

GROUPED = 12  # domains, at most, that are shown one by one; else by the first part of their names
MEAN = 'mean'
COLUMNS = 6


def write_divergence(divergence, folder, results=None):
    """Write feature_divergence.json, .md and .png, and with results of the same runs feature_divergence_gains.png.

    Args:
        divergence (FeatureDivergence): with at least one row.
        folder (Path): of the files.
        results (CrossDomainMatrix | Robustness, optional): see `gain_points`.

    Returns:
        (list[Table], list[Path]): what the .md has, and the files.
    """
    own = folder / divergence.file
    files, tables = [own, own.with_suffix('.md'), own.with_suffix('.png')], divergence_tables(divergence)
    divergence.save(own)
    write_text(files[1], as_markdown(tables))
    save_figure(files[2], draw_divergence(divergence))
    if results:  # last, as they may not fit
        points = gain_points(divergence, results)
        tables.append(correlations(points))
        write_text(files[1], as_markdown(tables))
        files.append(own.with_name(f'{own.stem}_gains.png'))
        save_figure(files[-1], scatter(points))
    return tables, files


def divergence_tables(divergence):
    """Return the tables of a `FeatureDivergence`: by domain, and by block."""
    place = f'after {divergence.after}'
    groups = columns(divergence)
    by_domain = divergence.frame(lambda row: {**{name: row.mean(targets) for name, targets in groups.items()},
                                              MEAN: row.mean(row.cells)})
    by_block = divergence.frame(lambda row: dict(zip(divergence.blocks, curve([row], row.cells))))
    frames = extent({cell['images'] for row in divergence.rows for cell in row.cells.values()})
    note = (f'Symmetric KL divergence between the source and a domain, one Gaussian a channel, the mean over channels; '
            f'0 is none; {frames} images of each domain; mean and standard deviation over runs that differ in their '
            'seed.')
    names = dict(zip(divergence.blocks, short(divergence.blocks)))
    methods = divergence.names()
    return [Table(as_texts(by_domain, methods), f'Feature divergence, the mean over {len(names)} blocks {place}', note,
                  scenes=len(groups) == len(divergence.targets)),
            Table(as_texts(by_block, methods).rename(columns=names),
                  f'Feature divergence of each block {place}, the mean over domains')]


def as_texts(frame, names):
    mean, std, _ = summarise(frame)
    return named(texts(mean, std, '{:.3f}'), names)


def columns(divergence):
    """Return {name: targets}: each target by itself, or many by the first part of their names."""
    targets = divergence.targets
    if len(targets) <= GROUPED:
        return {target: [target] for target in targets}
    groups = {}
    for target in targets:
        groups.setdefault(target.partition('/')[0], []).append(target)
    return groups


def curve(rows, targets):
    """Return the divergence of each block in the mean over rows and those of the targets that they have."""
    return np.mean([row.cells[target]['blocks'] for row in rows for target in targets if target in row.cells], axis=0)


def measured(rows, targets):
    """Return whether any of the rows has any of the targets; runs of another data set have others."""
    return any(target in row.cells for row in rows for target in targets)


def short(blocks):
    """Return the paths of blocks without what the blocks of one part share: 'backbone.layer2.0' becomes 'layer2.0'."""
    paths, names = [block.split('.') for block in blocks], []
    for path in paths:
        start = min(len(path) - 1, len(commonprefix([each for each in paths if each[0] == path[0]])))
        names.append('.'.join(path[start - path[start].isdigit():]))  # no name is a number alone
    return names


def draw_divergence(divergence):
    """Return the figure of each block's divergence: a panel for each source and domain, a line a method and branch.

    Args:
        divergence (FeatureDivergence): with at least one row.
    """
    lines, names = {}, divergence.names()
    for label, row in zip(divergence.labels(), divergence.rows):
        lines.setdefault((row.source, label), []).append(row)
    methods = list(dict.fromkeys(row.method for row in divergence.rows))
    panels = [(source, name, targets) for source in dict.fromkeys(row.source for row in divergence.rows)
              for name, targets in columns(divergence).items() if set(targets) != {source}
              and any(measured(rows, targets) for (own, _), rows in lines.items() if own == source)]
    down = -(-len(panels) // COLUMNS)
    across = -(-len(panels) // down)
    figure = Figure(figsize=(2.1 * across + 0.6, 1.8 * down + 1.3), dpi=110, layout='constrained')
    grid = figure.subplots(down, across, sharex=True, squeeze=False)
    x = np.arange(len(divergence.blocks))
    for axes, (source, name, targets) in zip(grid.flat, panels):
        for (own, label), rows in lines.items():
            if own == source and measured(rows, targets):
                row = rows[0]
                axes.plot(x, curve(rows, targets), '-' if row.branch == 'main' else '--', marker='.', ms=4, lw=1.2,
                          color=f'C{methods.index(row.method)}', label=picture(names[label]))
        axes.set_title(picture(f'{source} → {name}'), fontsize=8)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=7)
    for axes in grid.flat[max(0, len(panels) - across):len(panels)]:  # the lowest of each column
        axes.tick_params(labelbottom=True)
        axes.set_xticks(x, list(map(picture, short(divergence.blocks))), rotation=90)
    figure.supylabel('feature divergence (Eq. 4)', fontsize=9)
    shared_legend(figure)
    return figure

"""From results to what the page shows: lines of cells, each with its mean, deviation, gains and parts."""
import math

import pandas as pd

from ..evaluation.results import BASELINE, CONTROL, MEASURED, NAMES, summarise
from ..evaluation.titles import title_of
from .tables import NOTHING, extent

REFERENCES = (BASELINE, CONTROL)


def references(results):
    """Return [[method, what readers call it], ...] of those that gains are held against."""
    return [[method, title_of(method, results.rows)] for method in REFERENCES]


def page_lines(results, frame, columns, parts, confusion=None, interval=None):
    """Return one line for the runs that differ only in their seed, and one for each seed where there are several.

    Args:
        results (Results): whose `gains` are shown.
        frame (DataFrame): of `results`, one line per run.
        columns (list[str]): the numbers of the frame that are shown.
        parts (callable): (row, column) -> {name: number or None}, what the number of a cell consists of.
        confusion (callable, optional): (rows, column) -> nested list of numbers, or None.
        interval (callable, optional): (source, label, how many runs, reference, column) -> [low, high] of a gain over
            all seeds, or None.

    Returns:
        list[dict]: what JSON can hold; `seed` is None for all seeds together.
    """
    rows = {(row.place, row.branch): row for row in results.rows}
    gains = {reference: results.gains(frame[[*NAMES, *columns]], reference).mask(
        frame.method.isin([BASELINE, reference])) for reference in REFERENCES}
    seeds = sorted(frame.seed.dropna().unique().tolist())
    names = results.names()
    lines = []
    for seed in [None, *(seeds if len(seeds) > 1 else [])]:
        chosen = frame if seed is None else frame[frame.seed.eq(seed).fillna(False)]
        numbers = summarise(chosen, columns)
        differences = {reference: summarise(chosen[NAMES].join(gain.dropna(how='all'), how='inner'), columns)
                       for reference, gain in gains.items()}
        for name, runs in chosen.groupby(['source', 'label'], sort=False):
            first = runs.iloc[0]
            measured = [rows[run, branch] for run, branch in zip(runs.run, runs.branch) if first.origin == MEASURED]
            cells = []
            for column in columns:
                cell = dict(zip(('mean', 'std'), spread(numbers, name, column)))
                cell['gains'] = {reference: pair for reference, difference in differences.items()
                                 if (pair := spread(difference, name, column))[0] is not None}
                if measured:
                    cell['parts'] = mean_parts([parts(row, column) for row in measured])
                    cell['confusion'] = confusion and confusion(measured, column)
                if interval and seed is None:
                    cell['intervals'] = {reference: ends for reference in cell['gains']
                                         if (ends := interval(*name, len(runs), reference, column))}
                cells.append(cell)
            lines.append(dict(source=first.source, label=first.label, title=names.get(first.label, first.label),
                              method=first.method, branch=first.branch, seed=seed, runs=len(runs),
                              origin=first.origin, cells=cells))
    return lines


def spread(summary, name, column):
    """Return [mean, deviation] of a cell; None for what there is not."""
    return [number(frame.loc[name, column]) if name in frame.index else None for frame in (summary.mean, summary.std)]


def number(value):
    """Return a number for JSON, of four digits behind the point as in the CSV."""
    return None if value is None or math.isnan(value) else round(float(value), 4)


def mean_parts(parts):
    """Return [[name, mean], ...] over several runs, in the order of the first."""
    return [[name, number(mean)] for name, mean in pd.DataFrame(parts, dtype=float).mean().items()]


def about(results):
    """Return [[name, value], ...]: the software and the processors behind the numbers."""
    cells = [cell for row in results.rows for cell in row.cells.values()]
    versions = {', '.join(f'{name} {version}' for name, version in cell.get('versions', {}).items()) for cell in cells}
    images = {cell['images'] for cell in cells}
    return [['Images in a cell', extent(images) if images else NOTHING],
            *(['Measured with', version] for version in sorted(filter(None, versions))),
            *(['Measured on', device] for device in sorted({cell['device'] for cell in cells if 'device' in cell}))]

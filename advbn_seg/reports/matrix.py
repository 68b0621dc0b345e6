"""The matrix as a report: its table, the IoU of each class, the heat map, the page."""
import re
from difflib import get_close_matches
from functools import partial

import numpy as np
import pandas as pd

from ..evaluation.segmentation.matrix import GAINS, IOU, RUNS, UNSEEN
from ..evaluation.titles import title_of
from .findings import matrix_findings
from .gain_picture import forest
from .gain_table import GAIN_FILES, gain_document
from .heatmap import heatmap
from .page_data import about, page_lines, references
from .page_frames import page_changes, page_frames
from .page_size import Album, limit_confusions
from .page_trainings import page_trainings
from .report import Report
from .sheets import draw_changes, draw_examples
from .tables import Table, extent, named, texts
from .terms import explained

UNPAIRED = (' A run without a reference of its seed is compared with the mean of all seeds. gains.md has only runs '
            'with one of their own seed, and is not written where there are none.')
OPTIONAL = GAIN_FILES | {'gains.png', 'examples.png', 'changes.png'}
COLUMNS = {column: f'vs {title_of(method).partition(" (")[0]}' for column, method in GAINS.items()}


def matrix_report(matrix, examples=None, gains=None):
    """Return the report of a `CrossDomainMatrix` with at least one row, and of its `Examples` and `Gains`, if any."""
    pictures = {'matrix.png': partial(heatmap, matrix)}
    if gains:
        pictures['gains.png'] = partial(forest, gains, matrix.names())
    if examples:
        pictures['examples.png'] = partial(draw_examples, examples, names=matrix.names())
        if examples.gains or examples.losses:
            pictures['changes.png'] = partial(draw_changes, examples, names=matrix.names())
    return Report('matrix', matrix.frame(), [domain_table(matrix), class_table(matrix)],
                  partial(matrix_page, matrix, examples, gains and gains.interval), pictures, matrix_findings(matrix),
                  [gain_document(gains, matrix.names())] if gains else [], OPTIONAL)


def domain_table(matrix):
    """Return the mIoU by (source, method): number of runs, targets, mean over unseen targets and gains."""
    mean, std, runs = matrix.summary()
    cells = texts(mean, std)
    for column in mean.columns.intersection(GAINS):
        cells[column] = texts(mean[[column]], std[[column]], '{:+.1f}')
    for source, label in cells.index:
        if source in mean and not pd.isna(mean.loc[(source, label), source]):
            cells.loc[(source, label), source] = re.sub(r'^(\S+)', r'[\1]', cells.loc[(source, label), source])
    cells.insert(0, RUNS, runs.astype(str))
    images = {cell['images'] for row in matrix.rows for cell in row.cells.values()}
    frames = extent(images) if images else ''
    cells = cells.rename(columns={UNSEEN: 'unseen mean', **COLUMNS})
    return Table(
        named(cells, matrix.names()), scenes=True, marked='In-domain cells',
        narrow=(RUNS, 'unseen mean', *COLUMNS.values()),
        note=f'mIoU in percent on {matrix.benchmark}, {len(matrix.classes)} classes, {frames} images per domain; mean '
             'and standard deviation over runs that differ in their seed; gains are in the mean over unseen domains.'
             + UNPAIRED * matrix.has_unpaired_gains() + matrix.ambiguous_references() + of_no_class(matrix)
             + sources_of_no_column(matrix))


def of_no_class(matrix):
    """Return a sentence for each target with labels that are no class, and not left out either."""
    shares = {}
    for row in matrix.rows:
        for target, cell in row.cells.items():
            if (counts := cell.get('confusion')) and (strange := sum(counts[-1])):
                shares[target] = 100 * strange / sum(map(sum, counts))
    return ''.join(f' {share:.1f} % of the labelled pixels of {target} have ids of no class, and count as errors. Give '
                   'its labels the ids of the other domains.' for target, share in shares.items())


def sources_of_no_column(matrix):
    """Return a sentence for each source that is no target, but has the name of one but for a slip."""
    sources = {row.source for row in matrix.rows} - set(matrix.targets)
    meant = {source: get_close_matches(source, matrix.targets, n=1, cutoff=0.85) for source in sorted(sources)}
    return ''.join(f' The source {source} is none of the domains, so all of them count as unseen, {found[0]} too.'
                   for source, found in meant.items() if found)


def class_table(matrix):
    """Return the IoU of each class by (source, method)."""
    mean, std, _ = matrix.class_summary()
    return Table(named(texts(mean, std), matrix.names()), 'IoU of each class on unseen domains',
                 'IoU in percent, the mean over the unseen domains where the class occurs; mean and standard deviation '
                 'over runs that differ in their seed.')


def matrix_page(matrix, examples=None, interval=None):
    """Return the content of the page: see `page_lines`."""
    frame, table, names = matrix.frame(), domain_table(matrix), matrix.names()
    unseen = frame.set_index(['run', 'branch'])[matrix.class_columns]
    columns = [dict(name=name, group=name.rpartition('/')[0], label=name.rpartition('/')[2]) for name in matrix.targets]

    def parts(row, column):
        if column == UNSEEN:
            return unseen.loc[(row.run, row.branch)].rename(lambda name: name.removeprefix(IOU)).to_dict()
        return dict(zip(matrix.classes, row.cells[column]['iou'])) if column in row.cells else {}

    lines = page_lines(matrix, matrix.ordered(frame), [UNSEEN, *matrix.targets], parts, confusion_shares, interval)
    limits, album = limit_confusions(lines), Album()
    shown = [list(filter(album.add, find(examples, names) if examples else ())) for find in (page_changes, page_frames)]
    return dict(title=f'Cross-domain matrix of {matrix.benchmark}', subtitle=table.note, unit='mIoU (%)', range='all',
                columns=[dict(name='unseen mean', group='', label='unseen mean', summary=True), *columns],
                references=references(matrix), part='IoU of each class (%)', classes=page_classes(matrix, examples),
                lines=lines, changes=shown[0], examples=shown[1], images=list(album.uris),
                limits=[*limits, *album.note()], trainings=page_trainings(matrix), findings=matrix_findings(matrix),
                terms=explained(table), about=about(matrix))


def page_classes(matrix, examples):
    """Return the name of each class, and its colour as CSS has it where there are pictures."""
    colours = [f'rgb({", ".join(map(str, colour))})' for colour in examples.palette] if examples else matrix.classes
    return [dict(name=name, colour=colour if examples else None) for name, colour in zip(matrix.classes, colours)]


def confusion_shares(rows, column):
    """Return the percent of each class's pixels by prediction, over several rows; None where one has no counts."""
    counts = [row.cells.get(column, {}).get('confusion') for row in rows]
    if not all(counts):
        return None
    total = np.sum(counts, axis=0, dtype=float)[:-1]  # the last row and column are no classes
    sums = total.sum(1, keepdims=True)
    shares = np.divide(100 * total[:, :-1], sums, out=np.full_like(total[:, :-1], np.nan), where=sums > 0)
    return [[None if np.isnan(share) else round(share, 1) for share in line] for line in shares.tolist()]

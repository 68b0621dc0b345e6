"""The matrix as a report: its table, the IoU of each class, the heat map."""
import re
from functools import partial

import pandas as pd

from ..evaluation.segmentation.matrix import GAINS, UNSEEN
from .heatmap import draw_heatmap
from .report import Report
from .tables import Table, texts


def matrix_report(matrix):
    """The report of a `CrossDomainMatrix` with at least one row."""
    return Report('matrix', matrix.frame(), [domain_table(matrix), class_table(matrix)], partial(draw_heatmap, matrix))


def domain_table(matrix):
    """mIoU by (source, method): number of runs, targets, mean over unseen targets and gains."""
    mean, std, runs = matrix.summary()
    cells = texts(mean, std)
    for column in mean.columns.intersection(GAINS):
        cells[column] = texts(mean[[column]], std[[column]], '{:+.1f}')
    for source, label in cells.index:
        if source in mean and not pd.isna(mean.loc[(source, label), source]):
            cells.loc[(source, label), source] = re.sub(r'^(\S+)', r'[\1]', cells.loc[(source, label), source])
    cells.insert(0, 'runs', runs.astype(str))
    images = sorted({cell['images'] for row in matrix.rows for cell in row.cells.values()})
    frames = ' to '.join(map(str, dict.fromkeys(images[:1] + images[-1:])))
    cells = cells.rename(columns={UNSEEN: 'unseen mean'}).rename_axis(['source', 'method'])
    return Table(
        cells, scenes=True, marked='In-domain cells',
        note=f'mIoU in percent on {matrix.benchmark}, {len(matrix.classes)} classes, {frames} images per domain; mean '
             'and standard deviation over runs that differ in their seed; gains are in the mean over unseen domains.')


def class_table(matrix):
    """IoU of each class by (source, method)."""
    mean, std, _ = matrix.class_summary()
    return Table(texts(mean, std).rename_axis(['source', 'method']), 'IoU of each class on unseen domains',
                 'IoU in percent, the mean over the unseen domains where the class occurs; mean and standard deviation '
                 'over runs that differ in their seed.')

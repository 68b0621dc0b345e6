"""The matrix as a report: its table, the IoU of each class, the heat map."""
from functools import partial

import pandas as pd

from ..evaluation.segmentation.matrix import GAINS, UNSEEN
from .heatmap import draw_heatmap
from .report import Report
from .tables import Table, Value, value_of, values_of


def matrix_report(matrix):
    """The report of a `CrossDomainMatrix` with at least one row."""
    return Report('matrix', matrix.frame(), [domain_table(matrix), class_table(matrix)], partial(draw_heatmap, matrix))


def domain_table(matrix):
    """mIoU by (source, method): number of runs, targets, mean over unseen targets and gains."""
    mean, std, runs = matrix.summary()
    columns = {'runs': [(Value(str(count)),) for count in runs]}
    for column in mean:
        form = '{:+.1f}' if column in GAINS else '{:.1f}'
        columns['unseen mean' if column == UNSEEN else column] = [
            (value_of(value, form, deviation, column == source and not pd.isna(value)),)
            for value, deviation, (source, _) in zip(mean[column], std[column], mean.index)]
    images = sorted({cell['images'] for row in matrix.rows for cell in row.cells.values()})
    frames = ' to '.join(map(str, dict.fromkeys(images[:1] + images[-1:])))
    return Table(
        pd.DataFrame(columns, index=mean.index).rename_axis(['source', 'method']),
        scenes=True, marked='In-domain cells',
        note=f'mIoU in percent on {matrix.benchmark}, {len(matrix.classes)} classes, {frames} images per domain; mean '
             'and standard deviation over runs that differ in their seed; gains are in the mean over unseen domains.')


def class_table(matrix):
    """IoU of each class by (source, method)."""
    mean, std, _ = matrix.class_summary()
    return Table(values_of(mean, std).rename_axis(['source', 'method']), 'IoU of each class on unseen domains',
                 'IoU in percent, the mean over the unseen domains where the class occurs; mean and standard deviation '
                 'over runs that differ in their seed.')

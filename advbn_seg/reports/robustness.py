"""Rows of robustness as text and pictures, beside the paper's numbers where they are about ImageNet."""
from pathlib import Path

import pandas as pd
from rich import box
from rich.table import Table

from ..evaluation.classification import published as paper
from ..evaluation.classification.test_sets import IMAGENET_C, VARIANTS
from ..evaluation.segmentation.matrix import CONTROL
from ..runtime.atomic_io import replacing, write_text
from .severities import draw_severities

TITLES = {'imagenet': 'clean', 'instagram': 'Instagram', 'sketch': 'Sketch',
          'stylized': 'Stylized', 'advbn': 'AdvBN'}
NOTHING = '–'


def write_reports(robustness, folder):
    """Writes robustness.md, and robustness.png where ImageNet-C was measured, into a folder, each in one step.

    Returns:
        list[Path]: the files.
    """
    files = [Path(folder) / 'robustness.md']
    write_text(files[0], markdown(robustness))
    if any(row.errors() for row in robustness.rows):
        files.append(Path(folder) / 'robustness.png')
        with replacing(files[1]) as temporary:
            draw_severities(robustness, temporary)
    return files


def markdown(robustness):
    """All tables, each under a title."""
    parts = []
    for title, table in tables(robustness).items():
        lines = [[table.index.name, *table.columns], ['---'] + ['---:'] * table.shape[1],
                 *([name, *cells] for name, cells in zip(table.index, table.values))]
        parts += [f'**{title}**', '', *('| ' + ' | '.join(line) + ' |' for line in lines), '']
    return '\n'.join(parts)


def rich_table(robustness):
    """Table 1 for the terminal."""
    title, strings = next(iter(tables(robustness).items()))
    table = Table(title=title, box=box.SIMPLE_HEAD)
    table.add_column(strings.index.name)
    for column in strings:
        table.add_column(column, justify='right')
    for name, cells in zip(strings.index, strings.values):
        table.add_row(name, *cells)
    return table


def tables(robustness):
    """Title -> table of strings, for each table that the rows have numbers for."""
    imagenet = any(row.is_imagenet for row in robustness.rows)
    found = {
        'Top-1 accuracy in percent; ↓ is an error': summary_table(robustness, imagenet),
        f'Difference to `{CONTROL}`, seed by seed': gain_table(robustness, imagenet),
        'Each set: top-1 / top-5 accuracy': sets_table(robustness),
        f'Corruption errors{", over those of AlexNet" if imagenet else ""}': corruption_table(robustness, imagenet),
        'Error at each severity of corruption': severity_table(robustness, imagenet),
        'Top-1 accuracy of each filter': filter_table(robustness),
        'Choice of norms by `auto`': choice_table(robustness)}
    return {title: table for title, table in found.items() if table is not None}


def summary_table(robustness, imagenet):
    """Table 1, and Table 7 where a branch was forced."""
    rows = in_order(strings(*robustness.mean_and_std(lambda row: row.summary()), '{:.1f}'))
    if imagenet and any(column in paper.SETS for column in rows):
        forced = any(row.branch != 'paper' for row in robustness.rows)
        for method, numbers in {**paper.TABLE_1, **(paper.TABLE_7 if forced else {})}.items():
            rows.loc[f'{method} (paper)'] = [text(numbers.get(column), '{:.1f}') for column in rows]
    return titled(rows, imagenet)


def gain_table(robustness, imagenet):
    """What each method has more than the control."""
    mean, std = robustness.gains()
    if mean.empty:
        return None
    signed = mean.map(lambda value: text(value, '{:+.1f}')) + deviations(std, '{:.1f}')
    return titled(in_order(signed), imagenet)


def in_order(rows):
    """The columns of one number a set, those of the paper first."""
    known = [variant.name for variant in VARIANTS if variant.name in rows]
    return rows[[*known, *rows.columns.difference(known, sort=False)]]


def titled(rows, imagenet):
    return rows.rename(columns={**TITLES, IMAGENET_C: 'mCE ↓' if imagenet else 'corrupted ↓'}).rename_axis('method')


def sets_table(robustness):
    """Both accuracies of the sets that are one folder each."""
    tops = [strings(*robustness.mean_and_std(lambda row, key=key: {
        name: cell[key] for name, cell in row.cells.items() if '/' not in name}), '{:.1f}') for key in ('top1', 'top5')]
    if tops[0].empty:
        return None
    return (tops[0] + ' / ' + tops[1]).rename(columns=TITLES).rename_axis('method')


def corruption_table(robustness, imagenet):
    """Table 4."""
    mean, std = robustness.mean_and_std(lambda row: row.corruption_errors())
    if mean.empty:
        return None
    rows = strings(mean, std, '{:.1f}')
    for method, numbers in paper.TABLE_4.items() if imagenet else ():
        rows.loc[f'{method} (paper)'] = [text(numbers[column], '{:g}') for column in rows]
    return rows.T.rename_axis('corruption')


def severity_table(robustness, imagenet):
    """Table 5."""
    mean, std = robustness.mean_and_std(lambda row: row.errors() and {
        f'{name} {severity}': error for name, errors in row.errors().items()
        for severity, error in enumerate(errors, start=1)})
    if mean.empty:
        return None
    rows = strings(mean, std, '{:.1f}')
    for method, numbers in paper.TABLE_5.items() if imagenet else ():
        rows.loc[f'{method} (paper)'] = [text(numbers[name][int(severity) - 1], '{:g}')
                                         for name, severity in map(str.split, rows)]
    return rows.T.rename_axis('corruption, severity')


def filter_table(robustness):
    mean, std = robustness.mean_and_std(lambda row: row.filters())
    return None if mean.empty else strings(mean, std, '{:.1f}').T.rename_axis('filter')


def choice_table(robustness):
    choices = robustness.choices()
    if choices.empty:
        return None
    names = dict(sets='sets where branches differ', right='batches through the better one (%)', main='mean top-1: main',
                 aux='aux', auto='auto', best='better branch of each set')
    return choices.map('{:.1f}'.format).rename(columns=names).rename_axis('method')


def strings(mean, std, form):
    """'mean ± deviation' of each number; the deviation where there are several runs."""
    return mean.map(lambda value: text(value, form)) + deviations(std, form)


def deviations(std, form):
    return std.map(lambda value: '' if pd.isna(value) else f' ± {form.format(value)}')


def text(value, form):
    return NOTHING if value is None or pd.isna(value) else form.format(value)

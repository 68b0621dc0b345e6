"""The matrix as text: csv, Markdown, LaTeX and a table for the terminal."""
from pathlib import Path

import pandas as pd
from rich import box
from rich.table import Table

from ..evaluation.segmentation.matrix import GAINS, UNSEEN
from ..runtime.atomic_io import replacing, write_text
from .heatmap import draw_heatmap

LATEX_SPECIAL = str.maketrans({character: f'\\{character}' for character in '_%&#$'})


def write_reports(matrix, folder):
    """Writes matrix.csv, .md, .tex and .png into a folder, each in one step.

    Args:
        matrix (CrossDomainMatrix): with at least one row.
        folder (str | Path): made if missing.

    Returns:
        list[Path]: the files.
    """
    folder = Path(folder)
    files = [folder / f'matrix.{suffix}' for suffix in ('csv', 'md', 'tex', 'png')]
    texts = (matrix.frame().to_csv(index=False, float_format='%.4f'), markdown(matrix), latex(matrix))
    for file, text in zip(files, texts):
        write_text(file, text)
    with replacing(files[-1]) as temporary:
        draw_heatmap(matrix, temporary)
    return files


def formatted(matrix, spread, in_domain, nothing):
    """The summary as strings, indexed by (source, label): number of runs, targets, unseen mean and gains.

    Args:
        matrix (CrossDomainMatrix): what to show.
        spread (str): what stands between a mean and its deviation.
        in_domain (str): the frame of an in-domain mean, with {} for its text.
        nothing (str): shown where there is no number.
    """
    mean, std, runs = matrix.summary()
    table = pd.DataFrame({'runs': runs.astype(str)}, index=mean.index)
    for column in mean:
        sign = '+' if column in GAINS else ''
        means = [nothing if value != value else f'{value:{sign}.1f}' for value in mean[column]]
        means = [in_domain.format(text) if source == column else text
                 for text, (source, _) in zip(means, mean.index)]
        table[column] = [text if value != value else f'{text}{spread}{value:.1f}'
                         for text, value in zip(means, std[column])]
    return table.rename(columns={UNSEEN: 'unseen mean'})


def caption(matrix):
    """One line under every table: what the numbers are."""
    images = sorted({cell['images'] for row in matrix.rows for cell in row.cells.values()})
    frames = ' to '.join(map(str, dict.fromkeys(images[:1] + images[-1:])))
    return (f'mIoU in percent on {matrix.benchmark}, {len(matrix.classes)} classes, {frames} images per domain; mean '
            'and standard deviation over runs that differ in their seed; gains are in the mean over unseen domains.')


def markdown(matrix):
    """A Markdown table; the in-domain cells are in brackets."""
    table = formatted(matrix, ' ± ', '[{}]', '–').reset_index()
    lines = [list(table.columns), ['---'] * 2 + ['---:'] * (table.shape[1] - 2), *table.values.tolist()]
    rows = ['| ' + ' | '.join(line) + ' |' for line in lines]
    return '\n'.join([*rows, '', caption(matrix) + ' In-domain cells are in brackets.', ''])


def latex(matrix):
    """A LaTeX table (packages booktabs and multirow); the in-domain cells are underlined."""
    table = formatted(matrix, r' $\pm$ ', r'\underline{{{}}}', '--')
    table.index = table.index.map(lambda names: tuple(name.translate(LATEX_SPECIAL) for name in names))
    table.columns = pd.MultiIndex.from_tuples([split(column) for column in table.columns])
    table.columns = table.columns.map(lambda names: tuple(name.translate(LATEX_SPECIAL) for name in names))
    table.index.names = ['source', 'method']
    body = table.to_latex(escape=False, multicolumn_format='c', column_format='ll' + 'r' * table.shape[1])
    return f'% needs the packages booktabs and multirow\n% {caption(matrix)} In-domain cells are underlined.\n{body}'


def rich_table(matrix):
    """A table for the terminal; the in-domain cells are in brackets."""
    strings = formatted(matrix, '\n±', '\\[{}]', '–')
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
                  caption=caption(matrix) + ' In-domain cells are in \\[brackets].')
    table.add_column('source\n  method', no_wrap=True)
    for column in strings:
        table.add_column('\n'.join(part for part in split(column) if part), justify='right')
    for source, lines in strings.groupby(level=0, sort=False):
        table.add_row(f'[bold]{source}[/bold]')
        for (_, label), cells in lines.iterrows():
            table.add_row('  ' + label.replace('[', '\\['), *cells)
        table.add_section()
    return table


def split(column):
    """A domain's scene and condition, for a two-line header; other names have no scene."""
    scene, _, condition = column.rpartition('/')
    return scene, condition

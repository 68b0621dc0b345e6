"""One table, and what each format makes of it: Markdown, LaTeX, the terminal."""
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from . import escape


class Value(NamedTuple):
    """What stands in a cell: a number with its deviation, as text; both empty where there is none."""
    mean: str = ''
    deviation: str = ''
    marked: bool = False


@dataclass
class Table:
    """A table without a format.

    Args:
        values (DataFrame): tuples of `Value`, which are shown with a slash between. The index has names, and one level
            or two; lines with the same first level stand together.
        title (str): above it, in Markdown; may be empty.
        note (str): under it, plain text; may be empty.
        marked (str): what a marked value is; empty where there is none.
        scenes (bool): whether columns are 'scene/condition', with a header of two lines.
    """
    values: pd.DataFrame
    title: str = ''
    note: str = ''
    marked: str = ''
    scenes: bool = False

    def strings(self, name, plus_minus, mark, nothing):
        """The table as text, all names passed through `name`; `mark` is a frame with {} for a marked mean."""
        def text(value):
            mean = mark.format(value.mean) if value.marked else value.mean
            return (mean or nothing) + (plus_minus + value.deviation if value.deviation else '')

        table = self.values.map(lambda cell: ' / '.join(map(text, cell)))
        if table.index.nlevels > 1:
            table.index = table.index.map(lambda names: tuple(map(name, names)))
        else:
            table.index = table.index.map(name)
        return table.rename_axis(self.values.index.names)

    def notes(self, how):
        """The note, and that marked values are shown in a way `how`."""
        return ' '.join(filter(None, [self.note, self.marked and f'{self.marked} are {how}.']))

    def heads(self):
        """Scene and condition of each column, for a header of two lines; other names have no scene."""
        return [(scene, condition) for column in self.values
                for scene, _, condition in [column.rpartition('/') if self.scenes else ('', '', column)]]


def value_of(mean, form='{:.1f}', deviation=None, marked=False):
    """A number and its deviation as they are shown; None and NaN stand for nothing."""
    return Value('' if pd.isna(mean) else form.format(mean),
                 '' if deviation is None or pd.isna(deviation) else form.replace('+', '').format(deviation), marked)


def values_of(mean, std, form='{:.1f}'):
    """The DataFrame of `Table.values` for means and deviations, two DataFrames of the same shape."""
    cells = [[(value_of(value, form, deviation),) for value, deviation in zip(*line)]
             for line in zip(mean.to_numpy(), std[mean.columns].to_numpy())]
    return pd.DataFrame(cells, index=mean.index, columns=mean.columns, dtype=object)


def markdown(tables):
    """A Markdown document; marked values are in brackets."""
    lines = []
    for table in tables:
        strings = table.strings(escape.markdown, ' ± ', '[{}]', '–')
        names = strings.index.names
        heads = [*names, *map(escape.markdown, strings)]
        rows = strings.reset_index(allow_duplicates=True).values
        if table.title:
            lines += [f'**{table.title}**', '']
        lines += ['| ' + ' | '.join(row) + ' |'
                  for row in (heads, ['---'] * len(names) + ['---:'] * strings.shape[1], *rows)] + ['']
        if note := table.notes('in brackets'):
            lines += [escape.markdown(note), '']
    return '\n'.join(lines)


def latex(tables):
    """LaTeX tables (packages booktabs, multirow and textcomp); marked values are underlined."""
    parts = ['% needs the packages booktabs and multirow']
    for table in tables:
        strings = table.strings(escape.latex, r' $\pm$ ', r'\underline{{{}}}', '--')
        strings.columns = [escape.latex(head) for _, head in table.heads()]
        if table.scenes:
            strings.columns = pd.MultiIndex.from_tuples([tuple(map(escape.latex, head)) for head in table.heads()])
        body = strings.to_latex(escape=False, multicolumn_format='c',
                                column_format='l' * strings.index.nlevels + 'r' * strings.shape[1])
        parts += [f'% {escape.one_line(text)}' for text in (table.title, table.notes('underlined')) if text] + [body]
    return '\n'.join(parts)


def terminal(table):
    """A table for the terminal; marked values are in brackets."""
    grouped = table.values.index.nlevels > 1
    strings = table.strings(escape.one_line, '\n±' if grouped else ' ± ', '[{}]', '–')
    shown = RichTable(title=table.title or None, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
                      caption=escape.terminal(table.notes('in [brackets]'), 'table.caption'))
    shown.add_column('\n  '.join(strings.index.names), no_wrap=True)
    for head in table.heads():
        shown.add_column(Text('\n').join(escape.terminal(part) for part in head if part), justify='right')
    for group, lines in strings.groupby(level=0, sort=False) if grouped else [('', strings)]:
        if grouped:
            shown.add_row(Text(group, 'bold'))
        for name, cells in zip(lines.index, lines.values):
            shown.add_row(*map(Text, [f'  {name[1]}' if grouped else name, *cells]))
        shown.add_section()
    return shown

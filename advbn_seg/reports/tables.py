"""One table of names and numbers, and what each format makes of it: Markdown, LaTeX, the terminal."""
import html
import re
from dataclasses import dataclass, replace

import pandas as pd
from rich import box
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from .escape import latex, markdown, one_line, terminal

NOTHING = '–'


@dataclass
class Table:
    """A table without a format.

    Args:
        cells (DataFrame): numbers as text ('43.0 ± 3.0', '[46.2] ± 0.2' for a marked one). The index has names, and
            one level or two; lines with the same first level stand together.
        title (str): above it, in Markdown; may be empty.
        note (str): under it, plain text; may be empty.
        marked (str): what a marked number is; empty where there is none.
        scenes (bool): whether columns are 'scene/condition', with a header of two lines.
        narrow (tuple[str]): the columns that stay in a terminal that is too narrow for all; all where there are none.
        all_in (str): the file to name there, which has the others.
    """
    cells: pd.DataFrame
    title: str = ''
    note: str = ''
    marked: str = ''
    scenes: bool = False
    narrow: tuple[str, ...] = ()
    all_in: str = 'report.html'

    def lines(self):
        """Return the names and cells of each line."""
        return self.cells.reset_index(allow_duplicates=True).to_numpy().tolist()

    def notes(self, how):
        """Return the note, and a sentence that says `how` marked numbers are shown."""
        return ' '.join(filter(None, [self.note, self.marked and f'{self.marked} are {how}.']))

    def heads(self):
        """Return scene and condition of each column, for a header of two lines; other names have no scene."""
        return [(scene, condition) for column in self.cells
                for scene, _, condition in [column.rpartition('/') if self.scenes else ('', '', column)]]


def text(mean, deviation=None, form='{:.1f}'):
    """Return a number and its deviation as text, where there are such."""
    spread = '' if deviation is None or pd.isna(deviation) else f' ± {form.replace("+", "").format(deviation)}'
    return (NOTHING if mean is None or pd.isna(mean) else form.format(mean)) + spread


def texts(mean, std, form='{:.1f}'):
    """Return means and deviations, two DataFrames of one shape, as the cells of a `Table`."""
    return pd.DataFrame({column: [text(*each, form) for each in zip(mean[column], std[column])] for column in mean},
                        index=mean.index, dtype=object)


def named(cells, names):
    """Return cells by (source, label) with what readers call each, `names`, by (source, method)."""
    return cells.rename(index=names, level=1).rename_axis(['source', 'method'])


def extent(numbers):
    """Return the least and the largest of some numbers as text: '25 to 360', or '25' where all are the same."""
    return ' to '.join(map(str, dict.fromkeys([min(numbers), max(numbers)])))


def as_markdown(tables):
    """Return a Markdown document; marked numbers are in brackets."""
    document = []
    for table in tables:
        names = table.cells.index.names
        rows = [[*names, *map(markdown, table.cells)], ['---'] * len(names) + ['---:'] * table.cells.shape[1]]
        rows += [[*map(markdown, line[:len(names)]), *line[len(names):]] for line in table.lines()]
        document += [f'**{html.escape(table.title, quote=False)}**', ''] if table.title else []
        document += ['| ' + ' | '.join(row) + ' |' for row in rows] + ['']
        document += [markdown(note), ''] if (note := table.notes('in brackets')) else []
    return '\n'.join(document)


def as_latex(tables):
    """Return LaTeX tables; marked numbers are underlined."""
    parts = ['% needs the packages booktabs and multirow']
    for table in tables:
        cells = table.cells.map(lambda cell: re.sub(r'\[(.*?)\]', r'\\underline{\1}', cell.replace('±', r'$\pm$')
                                                    .replace(NOTHING, '--')))
        names, heads = table.cells.index.names, [tuple(map(latex, head)) for head in table.heads()]
        cells.columns = pd.MultiIndex.from_tuples(heads) if table.scenes else [head for _, head in heads]
        several = len(names) > 1
        cells.index = cells.index.map((lambda each: tuple(map(latex, each))) if several else latex)
        body = cells.rename_axis(names).to_latex(escape=False, multicolumn_format='c',
                                                 column_format='l' * len(names) + 'r' * cells.shape[1])
        parts += [f'% {one_line(line)}' for line in (table.title, table.notes('underlined')) if line] + [body]
    return '\n'.join(parts)


def as_rich(table):
    """Return a table for the terminal; marked numbers are in brackets."""
    names, group = table.cells.index.names, None
    title = terminal(table.title, 'table.title') if table.title else None
    shown = RichTable(title=title, box=box.SIMPLE_HEAD, padding=0, pad_edge=False,
                      caption=terminal(table.notes('in [brackets]'), 'table.caption'))
    shown.add_column('\n  '.join(names), no_wrap=True)
    for scene, name in table.heads():
        lines = [scene, name] if scene or not table.scenes else name.rsplit(' ', 1)
        shown.add_column(Text('\n').join(terminal(part) for part in lines if part), justify='right')
    for *groups, name, cells in ([*line[:len(names)], line[len(names):]] for line in table.lines()):
        if groups and groups != group:
            shown.add_section()
            shown.add_row(terminal(groups[0], 'bold'))
        group = groups
        shown.add_row(terminal(f'  {name}' if groups else name),
                      *(Text(cell.replace(' ± ', '\n±') if groups else cell) for cell in cells))
    return shown


def fitted(table, console):
    """Return a table with all columns, or with those for narrow terminals where the console is one."""
    needed = Measurement.get(console, console.options.update(max_width=10_000), as_rich(table)).maximum
    if needed <= console.width or not table.narrow:
        return table
    note = f'{table.note} The other columns need a terminal of {needed} characters; {table.all_in} has them.'
    kept = [column for column in table.cells if column in table.narrow]
    return replace(table, cells=table.cells[kept], note=note, marked='')

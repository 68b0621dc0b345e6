"""What is shown of results: their tables, the lines behind them, a picture, a page; as files and in the terminal."""
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from rich.table import Table as Grid

from ..runtime.atomic_io import write_text
from .escape import terminal
from .figures import save_figure
from .page import write_page
from .tables import Table, as_latex, as_markdown, as_rich, fitted
from .terms import explained

FORMATS = {  # suffix: document -> text
    'csv': lambda document: document.frame.to_csv(index=False, float_format='%.4f'),
    'md': lambda document: as_markdown(document.tables),
    'tex': lambda document: as_latex(document.tables)}


@dataclass
class Document:
    """Some tables, and the numbers behind them.

    Args:
        name (str): of the files, without a suffix.
        frame (DataFrame): the numbers.
        tables (list[Table]): in the order of the document; the first is what the terminal shows.
    """
    name: str
    frame: pd.DataFrame
    tables: list[Table]

    def write(self, folder):
        """Write NAME.csv, .md and .tex into a folder, each in one step; return their paths."""
        files = {Path(folder) / f'{self.name}.{suffix}': text for suffix, text in FORMATS.items()}
        for file, text in files.items():
            write_text(file, text(self))
        return list(files)


@dataclass
class Report(Document):
    """All that is shown of results; its frame has one line per run.

    Args:
        page (callable): returns the content of `write_page`.
        pictures (dict): file name -> callable that returns its figure.
        findings (list[str]): sentences about the numbers.
        more (list[Document]): what stands after the tables.
        optional (set[str]): names of the files that reports of its kind may have; see `remove_older`.
    """
    page: Callable
    pictures: dict[str, Callable] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    more: list[Document] = field(default_factory=list)
    optional: frozenset[str] = frozenset()

    def write(self, folder):
        """Write all documents, the pictures and report.html into a folder, each in one step; return their paths."""
        files = [*super().write(folder), *(file for document in self.more for file in document.write(folder))]
        for name, draw in self.pictures.items():
            files.append(Path(folder) / name)
            save_figure(files[-1], draw())
        return [*files, write_page(folder, self.page())]

    def remove_older(self, folder, written):
        """Remove what an earlier report has left in a folder and this one has not written; return the names."""
        older = [file for file in sorted(Path(folder) / name for name in self.optional)
                 if file not in written and file.is_file()]
        for file in older:
            file.unlink()
        return [file.name for file in older]

    def show(self, console, everything=False):
        """Print the first table, or all, as wide as there is room; then its terms, and what was found."""
        tables = [fitted(table, console) for table in (self.tables if everything else self.tables[:1])]
        tables += [fitted(table, console) for document in self.more for table in document.tables]
        for table in tables:
            console.print(as_rich(table))
        terms = Grid.grid(padding=(0, 2, 0, 0))
        for name, text in explained(tables[0]):
            terms.add_row(terminal(name, 'bold'), terminal(text))
        console.print(terms)
        if self.findings:
            console.print('\n[bold]What you saw[/bold]', *map(terminal, self.findings), '', sep='\n')

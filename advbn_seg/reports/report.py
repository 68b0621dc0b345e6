"""What is shown of results: their tables, the lines behind them, a picture, a page; as files and in the terminal."""
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from rich.table import Table as Grid

from ..runtime.atomic_io import replacing, write_text
from .escape import terminal
from .page import write_page
from .tables import Table, as_latex, as_markdown, as_rich, fitted
from .terms import explained

FORMATS = {  # suffix: report -> text
    'csv': lambda report: report.frame.to_csv(index=False, float_format='%.4f'),
    'md': lambda report: as_markdown(report.tables),
    'tex': lambda report: as_latex(report.tables)}


@dataclass
class Report:
    """All that is shown of results.

    Args:
        name (str): of the files, without a suffix.
        frame (DataFrame): one line per run.
        tables (list[Table]): in the order of the documents; the first is what the terminal shows.
        page (callable): returns the content of `write_page`.
        pictures (dict): file name -> callable that writes the picture to a path.
        findings (list[str]): sentences about the numbers.
    """
    name: str
    frame: pd.DataFrame
    tables: list[Table]
    page: Callable
    pictures: dict[str, Callable] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def write(self, folder):
        """Write NAME.csv, .md, .tex, pictures and report.html into a folder, each in one step; return their paths."""
        files = []
        for suffix, text in FORMATS.items():
            files.append(Path(folder) / f'{self.name}.{suffix}')
            write_text(files[-1], text(self))
        for name, draw in self.pictures.items():
            files.append(Path(folder) / name)
            with replacing(files[-1]) as temporary:
                draw(temporary)
        return [*files, write_page(folder, self.page())]

    def show(self, console, everything=False):
        """Print the first table, or all, as wide as there is room; then its terms, and what was found."""
        tables = [fitted(table, console) for table in (self.tables if everything else self.tables[:1])]
        for table in tables:
            console.print(as_rich(table))
        terms = Grid.grid(padding=(0, 2, 0, 0))
        for name, text in explained(tables[0]):
            terms.add_row(terminal(name, 'bold'), terminal(text))
        console.print(terms)
        if self.findings:
            console.print('\n[bold]What you saw[/bold]', *map(terminal, self.findings), '', sep='\n')

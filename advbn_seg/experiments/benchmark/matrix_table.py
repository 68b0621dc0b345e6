"""The cost of the cross-domain matrix as a table."""
import numpy as np
from rich.console import Console
from rich.table import Table

COSTS = 'seconds', 'processor seconds', 'GiB'  # of a process; the last is its memory at the worst moment


def lines(result):
    """Return (title, costs) for each line of the table: medians, and what each further domain and run adds to them."""
    matrix, stock, one_domain, all_runs = (np.median(result[which], axis=0)
                                           for which in ('matrix', 'stock', 'one_domain', 'all_runs'))
    return [('matrix', matrix), (f'{result["domains"]} stock tests', stock), ('stock tests / matrix', stock / matrix),
            *([('each further domain', (matrix - one_domain) / (result['domains'] - 1))]
              if result['domains'] > 1 else []),
            *([('each further run', (all_runs - matrix) / (result['runs'] - 1))] if result['runs'] > 1 else [])]


def show(result):
    """Print the result of `compare`."""
    table = Table('median of repetitions', *COSTS)
    for title, costs in lines(result):
        table.add_row(title, *(f'{value:.2f}' for value in costs))
    Console().print(table)
    table = Table('mIoU', 'matrix', 'stock')
    for name, (ours, theirs) in result['miou'].items():
        table.add_row(name, f'{ours:.2f}', f'{theirs:.2f}')
    Console().print(table)

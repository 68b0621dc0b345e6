"""Draw the sweep of a report: accuracy, adversarial loss, minutes (Figure 4, Tables 2, 9).

    advbn-seg plot-sweep --out work_dirs/reports/digits

advbn-seg experiments --sweep does it after its report. OUT has the sweep.json of that command beside a matrix.json or a
robustness.json. Written to OUT: sweep.md, and a sweep_ARGUMENTS.png for each sweep.
"""
from pathlib import Path


def add_arguments(parser):
    parser.add_argument('--out', type=Path, required=True, help='folder of the report')


def run(args):
    from ..evaluation.sweep import Sweep
    from ..reports.command_line import wide_console
    from ..reports.escape import terminal
    from ..reports.sweep import write_sweep
    from ..reports.sweep_numbers import numbers_in
    from ..reports.tables import as_rich

    tables, files = write_sweep(Sweep.load(args.out), numbers_in(args.out), args.out)
    console = wide_console()
    console.print(*map(as_rich, tables), sep='\n')
    console.print(terminal(f'Written to {args.out}: {", ".join(file.name for file in files)}'), soft_wrap=True)

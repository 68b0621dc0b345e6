"""Draw the sweep of a report: accuracy, adversarial loss and minutes over the swept arguments (Figure 4, Tables 2, 9).

    python tools/plot_sweep.py --out work_dirs/reports/digits

run_experiments.py --sweep does it after its report. OUT has the sweep.json of that tool beside a matrix.json or a
robustness.json. Written to OUT: sweep.md, and a sweep_ARGUMENTS.png for each sweep.
"""
import argparse
from pathlib import Path

from advbn_seg.evaluation.sweep import Sweep
from advbn_seg.reports.command_line import wide_console
from advbn_seg.reports.escape import terminal
from advbn_seg.reports.sweep import write_sweep
from advbn_seg.reports.sweep_numbers import numbers_in
from advbn_seg.reports.tables import as_rich
from advbn_seg.runtime.command_line import errors_in_one_sentence


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, help='folder of the report')
    args = parser.parse_args()
    with errors_in_one_sentence():
        tables, files = write_sweep(Sweep.load(args.out), numbers_in(args.out), args.out)
    console = wide_console()
    console.print(*map(as_rich, tables), sep='\n')
    console.print(terminal(f'Written to {args.out}: {", ".join(file.name for file in files)}'), soft_wrap=True)


if __name__ == '__main__':
    main()

"""Join times and strengths of the cheaper attacks, and draw cost against strength.

    advbn-seg benchmark-frontier results/benchmark/step.json results/benchmark/strength_*.json \\
        --out results/benchmark/frontier

Written: OUT.json and OUT.png.
"""
from pathlib import Path


def add_arguments(parser):
    parser.add_argument('times', type=Path, metavar='TIMES', help='what advbn-seg benchmark wrote')
    parser.add_argument('strengths', type=Path, nargs='+', metavar='STRENGTHS',
                        help='what advbn-seg benchmark-strength wrote')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/frontier'), help='(%(default)s)')


def run(args):
    from ..reports.frontier import write_frontier

    write_frontier(args.times, args.strengths, args.out)
    print(f'written to {args.out}.json and {args.out}.png')

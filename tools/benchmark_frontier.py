"""Join times and strengths of the cheaper attacks: OUT.json, and OUT.png with cost against strength.

    python tools/benchmark_frontier.py results/benchmark/step.json results/benchmark/strength_*.json \\
        --out results/benchmark/frontier
"""
import argparse
from pathlib import Path

from advbn_seg.reports.frontier import write_frontier
from advbn_seg.runtime.command_line import errors_in_one_sentence


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('times', type=Path, metavar='TIMES', help='what tools/benchmark.py wrote')
    parser.add_argument('strengths', type=Path, nargs='+', metavar='STRENGTHS',
                        help='what tools/benchmark_strength.py wrote')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/frontier'))
    return parser.parse_args()


def main():
    args = parse_args()
    with errors_in_one_sentence():
        write_frontier(args.times, args.strengths, args.out)
    print(f'written to {args.out}.json and {args.out}.png')


if __name__ == '__main__':
    main()

"""Time the cross-domain matrix of a RUN against one stock test for each domain, and compare their numbers.

    python tools/benchmark_matrix.py work_dirs/mini_synthia_highway_dawn_baseline --out results/benchmark_matrix.json

Both are whole processes, started in turns; a stock test is tools/test.py with the test set of one domain. Where the
machine does other things too, compare their processor time. The exit status is 1 where a number differs.
"""
import argparse
import json
import sys
from pathlib import Path

from advbn_seg.evaluation import open_run
from advbn_seg.experiments.benchmark.matrix_cost import compare, differing, show
from advbn_seg.runtime.atomic_io import write_text
from advbn_seg.runtime.command_line import errors_in_one_sentence


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('run', metavar='RUN', help='work dir of one training')
    parser.add_argument('--repetitions', type=int, default=3)
    parser.add_argument('--num-workers', type=int, help="of the matrix, instead of the config's")
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for the numbers and every time')
    return parser.parse_args()


def main():
    args = parse_args()
    with errors_in_one_sentence():
        result = compare(Path(__file__).parent, open_run(args.run), args.repetitions, args.num_workers)
    show(result)
    if args.out:
        write_text(args.out, json.dumps(result, indent=1) + '\n')
    differ = differing(result)
    sys.exit(f'mIoU differs on {", ".join(differ)}' if differ else 0)


if __name__ == '__main__':
    main()

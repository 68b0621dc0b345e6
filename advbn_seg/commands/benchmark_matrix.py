"""Time the cross-domain matrix of a RUN against one stock test for each domain.

    advbn-seg benchmark-matrix work_dirs/mini_synthia_highway_dawn_baseline --out results/benchmark/matrix.json

Both are whole processes, started in turns; a stock test is `advbn-seg test` with the test set of one domain. Where the
machine does other things too, compare their processor time. Their numbers are compared too, and the exit status is 1
where one differs.
"""
import sys
from pathlib import Path


def add_arguments(parser):
    parser.add_argument('run', metavar='RUN', help='work dir of one training')
    parser.add_argument('--repetitions', type=int, default=3, help='(%(default)s)')
    parser.add_argument('--num-workers', type=int, help="of the matrix, instead of the config's")
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for the numbers and every time')


def run(args):
    import json

    from ..evaluation import open_run
    from ..experiments.benchmark.matrix_cost import compare, differing, show
    from ..runtime.atomic_io import write_text

    result = compare(open_run(args.run), args.repetitions, args.num_workers)
    show(result)
    if args.out:
        write_text(args.out, json.dumps(result, indent=1) + '\n')
    differ = differing(result)
    if differ:
        sys.exit(f'mIoU differs on {", ".join(differ)}')

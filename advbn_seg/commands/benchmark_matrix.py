"""Time the cross-domain matrix of a RUN against one stock test for each domain.

    advbn-seg benchmark-matrix work_dirs/mini_synthia_highway_dawn_{baseline,finetune,advbn} \\
        --out results/benchmark/matrix.json

All are whole processes, started in turns; a stock test is `advbn-seg test` with the test set of one domain. Where the
machine does other things too, compare their processor time. Matrices of one domain, and of all RUNs, tell what each
further domain and run costs. The numbers of matrix and stock tests are compared, and the exit status is 1 where one
differs.
"""
import sys
from pathlib import Path

from .arguments import at_least


def add_arguments(parser):
    parser.add_argument('runs', nargs='+', metavar='RUN', help='work dirs of trainings of one benchmark')
    parser.add_argument('--repetitions', type=at_least(1), default=3, help='(%(default)s)')
    parser.add_argument('--num-workers', type=at_least(0), help="of the matrix, instead of the config's")
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for every number')


def run(args):
    from ..evaluation import open_runs
    from ..experiments.benchmark.matrix_cost import compare, differing
    from ..experiments.benchmark.tables import show_matrix_costs
    from ..runtime.atomic_io import write_json

    result = compare(open_runs(args.runs, ['main']), args.repetitions, args.num_workers)
    show_matrix_costs(result)
    if args.out:
        write_json(args.out, result)
    differ = differing(result)
    if differ:
        sys.exit(f'mIoU differs on {", ".join(differ)}')

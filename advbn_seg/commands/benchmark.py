"""Time an AdvBN step against a plain step and against Algorithm 1 line by line.

    advbn-seg benchmark                                     # both cases, all modes
    advbn-seg benchmark --cases resnet50 --num-steps 1 3 6 8 --layers conv2_3 conv3_4 conv4_6 --modes ours fast
    advbn-seg benchmark --dtype float64 --rounds 1          # which deltas differ by more than rounding
    advbn-seg benchmark --device cuda --cases resnet50 --batch-size 64 --dtype float32 tf32 bfloat16

All are timed in turns, round after round, so that the machine's noise falls on all alike. The rows go to --out as JSON.
"""
from pathlib import Path

from .arguments import add_device, at_least, one_of


def add_arguments(parser):
    def names(name):
        return dict(nargs='+', type=one_of(f'experiments.benchmark.steps:{name}'))

    parser.add_argument('--cases', **names('CASES'), metavar='CASE', help='resnet50, fcn_r50-d8 (both)')
    parser.add_argument('--layers', **names('LAYERS'), default=['conv2_3'], metavar='LAYER',
                        help='after which AdvBN sits: conv2_3, conv3_4, conv4_6 (conv2_3)')
    parser.add_argument('--num-steps', nargs='+', type=at_least(1), help="m (the case's own: 6 and 3)")
    parser.add_argument('--modes', **names('MODES'), metavar='MODE', help="such as 'ours' or 'fast' (all)")
    parser.add_argument('--batch-size', type=at_least(1), help="the case's own: 4 and 2")
    parser.add_argument('--rounds', type=at_least(1), default=3, help='(%(default)s)')
    add_device(parser)
    parser.add_argument('--threads', type=at_least(1), help='of torch on a CPU')
    parser.add_argument('--dtype', **names('DTYPES'), default=['float32'], metavar='DTYPE',
                        help='of all passes of all modes: float32, tf32, bfloat16 (autocast) or float64, which leaves '
                        'out the modes with bfloat16 in them (float32)')
    parser.add_argument('--profile', action='store_true', help='also show where the time goes')
    parser.add_argument('--seed', type=int, default=0, help='of weights and images (0)')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmark.json'), metavar='JSON',
                        help='(%(default)s)')


def run(args):
    import torch

    from ..experiments.benchmark.measure import run_benchmark
    from ..experiments.benchmark.steps import CASES, MODES
    from ..experiments.benchmark.tables import show, show_profile
    from ..runtime.host import device_name

    if args.threads:
        torch.set_num_threads(args.threads)
    device = args.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    rows = run_benchmark(args.out, args.cases or CASES, args.layers, args.num_steps, args.modes or MODES, args.rounds,
                         args.profile, args.dtype, images=args.batch_size, device=device, seed=args.seed)
    show(rows, device_name(torch.device(device)))
    if args.profile:
        show_profile(rows)
    print(f'written to {args.out}')

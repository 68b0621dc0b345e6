"""Time an AdvBN step against a plain step and against Algorithm 1 line by line.

    advbn-seg benchmark                                     # both cases, all modes
    advbn-seg benchmark --cases resnet50 --num-steps 1 3 6 8 --layers conv2_3 conv3_4 conv4_6 \\
        --modes 'ours, channels-last'
    advbn-seg benchmark --dtype float64 --rounds 1          # which deltas differ by more than rounding

All are timed in turns, round after round, so that the machine's noise falls on all alike. The rows go to --out as JSON.
"""
from pathlib import Path

from .arguments import one_of


def add_arguments(parser):
    def names(name):
        return dict(nargs='+', type=one_of(f'experiments.benchmark.steps:{name}'))

    parser.add_argument('--cases', **names('CASES'), metavar='CASE', help='resnet50, fcn_r50-d8 (both)')
    parser.add_argument('--layers', **names('LAYERS'), default=['conv2_3'], metavar='LAYER',
                        help='after which AdvBN sits: conv2_3, conv3_4, conv4_6 (conv2_3)')
    parser.add_argument('--num-steps', nargs='+', type=int, help="m (the case's own: 6 and 3)")
    parser.add_argument('--modes', **names('MODES'), metavar='MODE', help="such as 'ours, channels-last' (all)")
    parser.add_argument('--batch-size', type=int, help="the case's own: 4 and 2")
    parser.add_argument('--rounds', type=int, default=3, help='(%(default)s)')
    parser.add_argument('--device', help='such as cpu or cuda:0 (default: a GPU if there is one)')
    parser.add_argument('--threads', type=int, help='of torch on a CPU')
    parser.add_argument('--dtype', choices=('float32', 'float64'), default='float32',
                        help='float64 leaves out the bf16 modes')
    parser.add_argument('--tf32', action='store_true', help='let GPUs round products to TF32, in all modes')
    parser.add_argument('--profile', action='store_true', help='also show where the time goes')
    parser.add_argument('--seed', type=int, default=0, help='of weights and images (0)')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmark.json'), metavar='JSON',
                        help='(%(default)s)')


def run(args):
    import torch

    from ..experiments.benchmark.measure import run_benchmark
    from ..experiments.benchmark.steps import CASES, MODES, is_bf16
    from ..experiments.benchmark.tables import peak_tflops, show, show_profile

    if args.threads:
        torch.set_num_threads(args.threads)
    device = args.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    modes = [mode for mode in args.modes or MODES if args.dtype == 'float32' or not is_bf16(mode)]
    rows = run_benchmark(args.out, args.cases or CASES, args.layers, args.num_steps, modes, args.rounds, args.profile,
                         args.dtype, args.tf32, images=args.batch_size, device=device, seed=args.seed)
    show(rows, peak_tflops(device, args.dtype, args.tf32))
    if args.profile:
        show_profile(rows)
    print(f'written to {args.out}')

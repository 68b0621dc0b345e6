"""Time an AdvBN step against a plain fine-tuning step and against Algorithm 1 run line by line.

    python tools/benchmark.py                               # both cases, all modes
    python tools/benchmark.py --cases resnet50 --num-steps 1 3 6 8 --layers conv2_3 conv3_4 conv4_6 --modes ours fast
    python tools/benchmark.py --dtype float64 --rounds 1    # which deltas differ by more than rounding
    python tools/benchmark.py --device cuda --cases resnet50 --batch-size 64 --dtype float32 tf32 bfloat16

All are timed in turns, round after round, so that the machine's noise falls on all alike. The rows go to --out as JSON.
"""
import argparse
from pathlib import Path

import torch

from advbn_seg.experiments.benchmark.measure import hardware, run_benchmark
from advbn_seg.experiments.benchmark.steps import CASES, DTYPES, LAYERS, MODES
from advbn_seg.experiments.benchmark.tables import show, show_profile
from advbn_seg.runtime.command_line import errors_in_one_sentence


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cases', nargs='+', choices=CASES, default=list(CASES))
    parser.add_argument('--layers', nargs='+', choices=LAYERS, default=['conv2_3'], help='after which AdvBN sits')
    parser.add_argument('--num-steps', nargs='+', type=int, help="m (the case's own: 6 and 3)")
    parser.add_argument('--modes', nargs='+', choices=MODES, default=list(MODES))
    parser.add_argument('--batch-size', type=int, help="the case's own: 4 and 2")
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--threads', type=int, help='of torch on a CPU')
    parser.add_argument('--dtype', nargs='+', choices=DTYPES, default=['float32'], help='of all passes of all modes; '
                        'bfloat16 is autocast, and float64 leaves out the modes with bfloat16 in them')
    parser.add_argument('--tf32', dest='dtype', action='store_const', const=['tf32'], help='as --dtype tf32')
    parser.add_argument('--profile', action='store_true', help='also show where the time goes')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmark.json'))
    return parser.parse_args()


def main():
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    rows = run_benchmark(args.out, args.cases, args.layers, args.num_steps, args.modes, args.rounds, args.profile,
                         args.dtype, images=args.batch_size, device=args.device, seed=args.seed)
    show(rows, hardware(args.device))
    if args.profile:
        show_profile(rows)
    print(f'written to {args.out}')


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()

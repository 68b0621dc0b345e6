"""Train every method on every source of a benchmark, over several seeds, and score all of it in one report.

    python tools/run_experiments.py mini_synthia
    python tools/run_experiments.py camvid --seeds 0 --methods baseline advbn
    python tools/run_experiments.py camvid --cfg-options model.backbone.init_cfg.checkpoint=mobilenet_v2.pth
    python tools/run_experiments.py mini_synthia --sources highway_dawn --seeds 0 --methods advbn_running \
        --eps 0.1 0.2 0.4 --domains configs/held_out/mini_synthia_corruptions.py --out work_dirs/reports/eps
    python tools/run_experiments.py digits --methods baseline finetune advbn --out work_dirs/reports/figure4 \
        --sweep num_steps=1,2,3,4,6,8 eps=0.1,0.3,0.5,0.7,1.1,1.5    # as in Figure 4
    python tools/run_experiments.py mini_synthia --methods baseline --verify    # exit status 1 where a number differs
    python tools/run_experiments.py digits    # classification: one source, scored on what data/README.md says

Interrupted, the same command goes on where it stopped. Each run is a plain `tools/train.py` in
work_dirs/experiments/CONFIG/seedN, with its settings in run.json. Benchmarks, sources, methods, and the method that
another starts from are read from the configs.
"""
import argparse
import os
import sys
from contextlib import closing
from pathlib import Path

import torch
from rich.console import Console

from advbn_seg.experiments.experiment import Experiment
from advbn_seg.experiments.next_steps import next_steps
from advbn_seg.experiments.plan import Benchmarks
from advbn_seg.experiments.progress import watching
from advbn_seg.experiments.queue import Queue, terminated_like_interrupted
from advbn_seg.experiments.sweeps import read_points
from advbn_seg.experiments.verify import verify
from advbn_seg.runtime.command_line import errors_in_one_sentence

TOOLS = Path(__file__).parent
BENCHMARKS = Benchmarks(TOOLS.parent / 'configs')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('benchmark', choices=BENCHMARKS.sources)
    parser.add_argument('--sources', nargs='+', help='which of its sources (all)')
    parser.add_argument('--methods', nargs='+', choices=BENCHMARKS.methods,
                        help='which methods (those with a config beside that of a baseline)')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    parser.add_argument('--eps', nargs='+', type=float, help='the same as --sweep eps=..., with step_size eps / 2')
    parser.add_argument('--sweep', nargs='+', metavar='ARGUMENT=VALUE,...',
                        help="arguments of the methods' hooks instead of the configs' own, a training for each value; "
                             'those of several arguments go together')
    parser.add_argument('--domains', help="config with other 'domains' to score on; see cross_domain_matrix.py")
    parser.add_argument('--jobs', type=int, default=1 if torch.cuda.is_available() else os.cpu_count(),
                        help='trainings at a time (one per core, or one where there is a GPU)')
    parser.add_argument('--out', type=Path, help='folder of the report (work_dirs/reports/BENCHMARK)')
    parser.add_argument('--verify', action='store_true', help="hold the numbers against the configs' key 'expected'")
    parser.add_argument('--cfg-options', nargs='+', default=[], help='changes to every config')
    args = parser.parse_args()
    if args.verify and args.domains:
        parser.error("what a config expects holds for its own 'domains': give --verify or --domains")
    if args.eps and args.sweep:
        parser.error('--eps is a sweep: give --sweep eps=... step_size=... alone')
    args.out = args.out or Path('work_dirs/reports') / args.benchmark
    return args


def main():
    args = parse_args()
    with terminated_like_interrupted(), errors_in_one_sentence():
        points = [(('eps', radius),) for radius in args.eps or ()] or read_points(args.sweep or ()) or [()]
        runs = BENCHMARKS.plan(args.benchmark, args.sources, args.methods, args.seeds, points)
        experiment = Experiment(runs, Queue(args.jobs), TOOLS, args.out, args.cfg_options, args.domains)
        with watching(runs, Console()) as watch, closing(experiment.trained()) as trained:
            for run in trained:
                watch.done(run)
        experiment.report()
        print('\nWhat next', *next_steps(experiment, args.benchmark, args.sources), sep='\n')
        if args.verify:
            lines, reached = verify(runs, args.out / 'matrix.json')
            print(*lines, sep='\n')
            sys.exit(not reached)


if __name__ == '__main__':
    main()

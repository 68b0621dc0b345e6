"""Trains every method on every source of a benchmark, over several seeds, and scores all of it in one matrix.

    python tools/run_experiments.py mini_synthia
    python tools/run_experiments.py camvid --seeds 0 --methods baseline advbn
    python tools/run_experiments.py camvid --cfg-options model.backbone.init_cfg.checkpoint=mobilenet_v2.pth

Interrupted, the same command goes on where it stopped. Each run is a plain `tools/train.py` in
work_dirs/experiments/CONFIG/seedN; the matrix is written to results/BENCHMARK.
"""
import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mmengine.config import Config
from rich.progress import Progress

SOURCES = dict(synthia=('highway_dawn', 'nyc_spring'), mini_synthia=('highway_dawn', 'nyc_spring'),
               camvid=('day', 'dusk'))
FROM_SCRATCH = ('baseline', 'photometric')
FROM_BASELINE = ('finetune', 'advbn', 'advbn_running', 'advbn_running_single')
TWINS = ('advbn', 'advbn_running')  # methods with auxiliary norms to score too
TOOLS = Path(__file__).parent
CONFIGS = TOOLS.parent / 'configs'
RUNS = Path('work_dirs/experiments')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('benchmark', choices=SOURCES)
    parser.add_argument('--sources', nargs='+', help='which of its two sources (both)')
    parser.add_argument('--methods', nargs='+', choices=FROM_SCRATCH + FROM_BASELINE,
                        default=FROM_SCRATCH + FROM_BASELINE, help='which methods (all)')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='trainings at a time (one per core)')
    parser.add_argument('--out', type=Path, help='folder of the matrix (results/BENCHMARK)')
    parser.add_argument('--cfg-options', nargs='+', default=[], help='changes to every config')
    return parser.parse_args()


def work_dir(config, seed):
    return RUNS / config / f'seed{seed}'


def last_checkpoint(config, seed):
    epochs = Config.fromfile(CONFIGS / f'{config}.py').train_cfg.max_epochs
    return work_dir(config, seed) / f'epoch_{epochs}.pth'


def run(command, log, threads):
    """Runs a tool of ours; its output goes to `log`, whose name is told where it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, 'w') as file:
        done = subprocess.run([sys.executable, *map(str, command)], stdout=file, stderr=subprocess.STDOUT,
                              env={**os.environ, 'OMP_NUM_THREADS': str(threads)})
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))} failed; see {log}')


def train(args, source, method, seed):
    config = f'{args.benchmark}_{source}_{method}'
    if last_checkpoint(config, seed).is_file():
        return
    options = [f'randomness.seed={seed}', *args.cfg_options]
    if method in FROM_BASELINE:
        options.append(f'load_from={last_checkpoint(f"{args.benchmark}_{source}_baseline", seed)}')
    run([TOOLS / 'train.py', CONFIGS / f'{config}.py', '--resume', '--work-dir', work_dir(config, seed),
         '--cfg-options', *options], work_dir(config, seed) / 'train.log', max(1, os.cpu_count() // args.jobs))


def train_all(args, methods, progress):
    tasks = [(source, method, seed) for seed in args.seeds for source in args.sources for method in methods
             if method in args.methods]
    bar = progress.add_task(f'{args.benchmark}: {", ".join(methods)}', total=len(tasks))
    with ThreadPoolExecutor(args.jobs) as pool:
        for future in [pool.submit(train, args, *task) for task in tasks]:
            future.add_done_callback(lambda _: progress.advance(bar))


def score(args, methods, branch):
    runs = [work_dir(f'{args.benchmark}_{source}_{method}', seed)
            for source in args.sources for method in args.methods if method in methods for seed in args.seeds]
    if runs:
        subprocess.run([sys.executable, TOOLS / 'cross_domain_matrix.py', *runs, '--norm-branch', branch,
                        '--out', args.out], check=True)


def main():
    args = parse_args()
    args.sources = args.sources or SOURCES[args.benchmark]
    args.out = args.out or Path('results') / args.benchmark
    with Progress() as progress:
        train_all(args, FROM_SCRATCH, progress)
        train_all(args, FROM_BASELINE, progress)
    score(args, FROM_SCRATCH + FROM_BASELINE, 'main')
    score(args, TWINS, 'aux')


if __name__ == '__main__':
    main()

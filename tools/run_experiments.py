"""Trains every method on every source of a benchmark, over several seeds, and scores all of it in one matrix.

    python tools/run_experiments.py mini_synthia
    python tools/run_experiments.py camvid --seeds 0 --methods baseline advbn
    python tools/run_experiments.py camvid --cfg-options model.backbone.init_cfg.checkpoint=mobilenet_v2.pth
    python tools/run_experiments.py mini_synthia --sources highway_dawn --seeds 0 --methods advbn_running \
        --eps 0.1 0.2 0.4 --domains configs/held_out/mini_synthia_corruptions.py --out results/eps
    python tools/run_experiments.py digits    # classification: one source, scored on what data/README.md says

Interrupted, the same command goes on where it stopped. Each run is a plain `tools/train.py` in
work_dirs/experiments/CONFIG/seedN; the matrix, or the tables of robustness, are written to results/BENCHMARK.
"""
import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from math import prod
from pathlib import Path

from mmengine.config import Config
from rich.progress import Progress

SOURCES = dict(synthia=('highway_dawn', 'nyc_spring'), mini_synthia=('highway_dawn', 'nyc_spring'),
               camvid=('day', 'dusk'), digits=('mnist',))
CLASSIFIED = dict(digits=('--imagenet', 'data/digits/mnist/val', '--imagenet-c', 'data/digits/mnist_c', '--instagram',
                          'data/digits/mnist_instagram', '--other', 'uci=data/digits/uci'))  # scored on these sets
FROM_SCRATCH = ('baseline', 'photometric')
CHEAPER = ('advbn_one_step', 'advbn_previous', 'advbn_every2', 'advbn_subsample2', 'advbn_bf16')  # if asked for
FROM_BASELINE = ('finetune', 'advbn', 'advbn_running', 'advbn_running_single', *CHEAPER)
METHODS = FROM_SCRATCH + FROM_BASELINE
TWINS = ('advbn', 'advbn_running', *CHEAPER)  # methods with auxiliary norms to score too
TOOLS = Path(__file__).parent
CONFIGS = TOOLS.parent / 'configs'
RUNS = Path('work_dirs/experiments')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('benchmark', choices=SOURCES)
    parser.add_argument('--sources', nargs='+', help='which of its sources (all)')
    parser.add_argument('--methods', nargs='+', choices=METHODS,
                        help=f'which methods (all that have a config, without {", ".join(CHEAPER)})')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    parser.add_argument('--eps', nargs='+', type=float, default=[None],
                        help="radii to try instead of the configs' own, each with step_size eps / 2")
    parser.add_argument('--domains', help="config with other 'domains' to score on; see cross_domain_matrix.py")
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='trainings at a time (one per core)')
    parser.add_argument('--out', type=Path, help='folder of the matrix (results/BENCHMARK)')
    parser.add_argument('--cfg-options', nargs='+', default=[], help='changes to every config')
    args = parser.parse_args()
    args.methods = args.methods or [
        method for method in METHODS
        if method not in CHEAPER and any(CONFIGS.rglob(f'{args.benchmark}_*_{method}.py'))]
    if args.eps != [None] and not all(method.startswith('advbn') for method in args.methods):
        parser.error('--eps goes with --methods that have one: those whose names begin with advbn')
    return args


def find_config(name):
    return next(CONFIGS.rglob(f'{name}.py'))


def work_dir(config, seed, eps=None):
    return RUNS / config / (f'seed{seed}' if eps is None else f'seed{seed}_eps{eps}')


def last_checkpoint(config, folder):
    """Where a training ends, by the config that it has dumped; None before it has begun."""
    dumped = folder / f'{config}.py'
    if not dumped.is_file():
        return None
    return folder / f'epoch_{Config.fromfile(dumped, import_custom_modules=False).train_cfg.max_epochs}.pth'


def run(command, log, threads):
    """Runs a tool of ours; its output goes to `log`, whose name is told where it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, 'w') as file:
        done = subprocess.run([sys.executable, *map(str, command)], stdout=file, stderr=subprocess.STDOUT,
                              env={**os.environ, 'OMP_NUM_THREADS': str(threads)})
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))} failed; see {log}')


def train(args, source, method, seed, eps):
    config = f'{args.benchmark}_{source}_{method}'
    folder = work_dir(config, seed, eps)
    end = last_checkpoint(config, folder)
    if end and end.is_file():
        return folder
    options = [f'randomness.seed={seed}', *args.cfg_options]
    if method in FROM_BASELINE:
        baseline = f'{args.benchmark}_{source}_baseline'
        start = last_checkpoint(baseline, work_dir(baseline, seed))
        if not (start and start.is_file()):
            sys.exit(f'{config} starts from {baseline} with seed {seed}, '
                     'which is not trained: add baseline to --methods')
        options.append(f'load_from={start}')
    if eps is not None:
        options += [f'custom_hooks.0.eps={eps}', f'custom_hooks.0.step_size={eps / 2}']
    run([TOOLS / 'train.py', find_config(config), '--resume', '--work-dir', folder, '--cfg-options', *options],
        folder / 'train.log', max(1, os.cpu_count() // args.jobs))
    return folder


def in_parallel(args, function, tasks, done):
    with ThreadPoolExecutor(args.jobs) as pool:
        for future in as_completed([pool.submit(function, args, *task) for task in tasks]):
            done(future.result())  # which raises what went wrong


def runs_of(args, methods):
    return [(f'{args.benchmark}_{source}_{method}', seed, eps) for source in args.sources
            for method in args.methods if method in methods for seed in args.seeds for eps in args.eps]


def score_domains(args, methods, *branch):
    runs = [work_dir(*run) for run in runs_of(args, methods)]
    domains = ['--domains', args.domains] if args.domains else []
    if runs:
        subprocess.run([sys.executable, TOOLS / 'cross_domain_matrix.py', *runs, '--out', args.out, *branch, *domains],
                       check=True)


def score_classifier(args, config, seed, eps):
    """Scores one run; its rows are in a robustness.json of its own, whose folder is returned."""
    folder = work_dir(config, seed, eps)
    branches = ['--norm-branch', 'main', 'aux', 'auto'] if config.endswith(TWINS) else []
    run([TOOLS / 'evaluate_robustness.py', folder / f'{config}.py', last_checkpoint(config, folder),
         *CLASSIFIED[args.benchmark], *branches, '--out', folder / 'robustness'],
        folder / 'robustness.log', max(1, os.cpu_count() // args.jobs))
    return folder / 'robustness'


def main():
    args = parse_args()
    args.sources = args.sources or SOURCES[args.benchmark]
    args.out = args.out or Path('results') / args.benchmark
    classified = args.benchmark in CLASSIFIED
    with Progress() as progress:
        choices = (args.seeds, args.sources, args.methods, args.eps)
        bar = progress.add_task('trainings and scores' if classified else 'trainings',
                                total=prod(map(len, choices)) * (1 + classified))

        def done(folder):
            progress.advance(bar)
            progress.console.print(f'done: {folder}', highlight=False, soft_wrap=True)

        for seed in args.seeds:
            for methods in (FROM_SCRATCH, FROM_BASELINE):
                in_parallel(args, train, [(source, method, seed, eps) for method in methods if method in args.methods
                                          for source in args.sources for eps in args.eps], done)
        if classified:
            in_parallel(args, score_classifier, runs_of(args, METHODS)[::-1], done)  # the longest first
    if classified:
        files = [work_dir(*run) / 'robustness' / 'robustness.json' for run in runs_of(args, METHODS)]
        subprocess.run([sys.executable, TOOLS / 'evaluate_robustness.py', '--from-json', *files, '--out', args.out],
                       check=True)
    else:
        score_domains(args, METHODS)
        score_domains(args, TWINS, '--norm-branch', 'aux')


if __name__ == '__main__':
    main()

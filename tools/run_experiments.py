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
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config
from rich.progress import Progress

from advbn_seg.adversarial import NORM_CHOICES
from advbn_seg.runtime.atomic_io import write_text
from advbn_seg.runtime.command_line import errors_in_one_sentence

SOURCES = dict(synthia=('highway_dawn', 'nyc_spring'), mini_synthia=('highway_dawn', 'nyc_spring'),
               camvid=('day', 'dusk'), digits=('mnist',))
CLASSIFIED = dict(digits=('--imagenet', 'data/digits/mnist/val', '--imagenet-c', 'data/digits/mnist_c', '--instagram',
                          'data/digits/mnist_instagram', '--other', 'uci=data/digits/uci'))  # scored on these sets
FROM_SCRATCH = ('baseline', 'photometric')
CHEAPER = ('advbn_one_step', 'advbn_every2', 'advbn_subsample2', 'advbn_bf16')  # if asked for
FROM_BASELINE = ('finetune', 'advbn', 'advbn_running', 'advbn_running_single', *CHEAPER)
METHODS = FROM_SCRATCH + FROM_BASELINE
TWINS = ('advbn', 'advbn_running', *CHEAPER)  # methods with auxiliary norms to score too
TOOLS = Path(__file__).parent
CONFIGS = TOOLS.parent / 'configs'
RUNS = Path('work_dirs/experiments')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('benchmark', choices=SOURCES)
    parser.add_argument('--sources', nargs='+', help=f'which of its sources (all): {SOURCES}')
    parser.add_argument('--methods', nargs='+', choices=METHODS,
                        help=f'which methods (all that have a config, without {", ".join(CHEAPER)})')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    parser.add_argument('--eps', nargs='+', type=float, default=[None],
                        help="radii for AdvBN to try instead of the configs' own, each with step_size eps / 2")
    parser.add_argument('--domains', help="config with other 'domains' to score on; see cross_domain_matrix.py")
    parser.add_argument('--jobs', type=int, default=1 if torch.cuda.is_available() else os.cpu_count(),
                        help='trainings at a time (one per core, or one where there is a GPU)')
    parser.add_argument('--out', type=Path, help='folder of the matrix (results/BENCHMARK)')
    parser.add_argument('--cfg-options', nargs='+', default=[], help='changes to every config')
    args = parser.parse_args()
    args.methods = args.methods or [
        method for method in METHODS
        if method not in CHEAPER and any(CONFIGS.rglob(f'{args.benchmark}_*_{method}.py'))]
    args.sources = args.sources or SOURCES[args.benchmark]
    args.out = args.out or Path('results') / args.benchmark
    for run in runs_of(args, METHODS, args.seeds):
        if not run.find_config():
            parser.error(f'there is no {run.config}.py in {CONFIGS}: choose other --sources or --methods')
    return args


class Run(NamedTuple):
    """One training, and where it is."""
    benchmark: str
    source: str
    method: str
    seed: int
    eps: float | None = None

    @property
    def config(self):
        return f'{self.benchmark}_{self.source}_{self.method}'

    @property
    def folder(self):
        return RUNS / self.config / (f'seed{self.seed}' if self.eps is None else f'seed{self.seed}_eps{self.eps}')

    def find_config(self):
        return next(CONFIGS.rglob(f'{self.config}.py'), None)

    def last_checkpoint(self):
        """The last one, by the config that the training has dumped; None as long as it is not there."""
        dumped = self.folder / f'{self.config}.py'
        if not dumped.is_file():
            return None
        cfg = Config.fromfile(dumped, import_custom_modules=False)
        end = self.folder / f'epoch_{cfg.train_cfg.max_epochs}.pth'
        return end if end.is_file() else None


def runs_of(args, methods, seeds):
    return [Run(args.benchmark, source, method, seed, eps) for source in args.sources
            for method in args.methods if method in methods for seed in seeds
            for eps in (args.eps if method.startswith('advbn') else [None])]


def call(args, command, log):
    """Runs a tool of ours; its output goes to `log`, whose name is told where it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = max(1, os.cpu_count() // args.jobs)
    with open(log, 'w') as file:
        done = subprocess.run([sys.executable, *map(str, command)], stdout=file, stderr=subprocess.STDOUT,
                              env={**os.environ, 'OMP_NUM_THREADS': str(threads)})
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))} failed; see {log}')


def train(args, run):
    """Trains one run, unless it is trained.

    What is in its folder must have been trained with the same config and options.
    """
    options = [f'randomness.seed={run.seed}', *args.cfg_options]
    if run.method in FROM_BASELINE:
        baseline = Run(run.benchmark, run.source, 'baseline', run.seed)
        start = baseline.last_checkpoint()
        if not start:
            sys.exit(f'{run.config} starts from {baseline.config} with seed {run.seed}, '
                     'which is not trained: add baseline to --methods')
        options.append(f'load_from={start}')
    if run.eps is not None:
        options += [f'custom_hooks.0.eps={run.eps}', f'custom_hooks.0.step_size={run.eps / 2}']
    config = run.find_config()
    settings = dict(config=Config.fromfile(config, import_custom_modules=False).to_dict(), options=options)
    settings = json.dumps(settings, indent=1, default=str)
    kept = run.folder / 'settings.json'
    if run.folder.is_dir() and not (kept.is_file() and kept.read_text(encoding='utf-8') == settings):
        sys.exit(f'{run.folder} has a training with other settings: move it away, and run the same command again')
    write_text(kept, settings)
    if not run.last_checkpoint():
        call(args, [TOOLS / 'train.py', config, '--resume', '--work-dir', run.folder, '--cfg-options', *options],
             run.folder / 'train.log')


def train_and_score(args, run):
    """Trains one run, and scores a classifier, whose rows go to a robustness.json of its own."""
    train(args, run)
    if run.benchmark in CLASSIFIED:
        branches = ['--norm-branch', *NORM_CHOICES] if run.method in TWINS else []
        call(args, [TOOLS / 'evaluate_robustness.py', run.folder / f'{run.config}.py', run.last_checkpoint(),
                    *CLASSIFIED[run.benchmark], *branches, '--out', run.folder / 'robustness'],
             run.folder / 'robustness.log')


def in_parallel(args, function, runs):
    """Yields each of the runs when `function` is done with it."""
    with ThreadPoolExecutor(args.jobs) as pool:
        futures = {pool.submit(function, args, run): run for run in runs}
        try:
            for future in as_completed(futures):
                future.result()  # which raises what went wrong
                yield futures[future]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # else leaving the block would train all the rest
            raise


def show(args, tool, *arguments):
    subprocess.run([sys.executable, TOOLS / tool, *arguments, '--out', args.out], check=True)


def show_matrix(args, methods, *branch):
    if folders := [run.folder for run in runs_of(args, methods, args.seeds)]:
        domains = ['--domains', args.domains] if args.domains else []
        show(args, 'cross_domain_matrix.py', *folders, *branch, *domains)


def main():
    args = parse_args()
    runs = runs_of(args, METHODS, args.seeds)
    with Progress() as progress:
        bar = progress.add_task('runs', total=len(runs))
        for seed in args.seeds:
            for _ in in_parallel(args, train, runs_of(args, FROM_SCRATCH, [seed])):
                pass
            longest_first = runs_of(args, METHODS, [seed])[::-1]
            for run in in_parallel(args, train_and_score, longest_first):
                progress.advance(bar)
                progress.console.print(f'done: {run.folder}', highlight=False, soft_wrap=True)
    if args.benchmark in CLASSIFIED:
        files = [run.folder / 'robustness' / 'robustness.json' for run in runs]
        show(args, 'evaluate_robustness.py', '--from-json', *files)
    else:
        show_matrix(args, METHODS)
        show_matrix(args, TWINS, '--norm-branch', 'aux')


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()

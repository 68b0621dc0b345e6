"""Kill a training at random moments, resume it, and compare it with one left alone.

    advbn-seg chaos mini_synthia_highway_dawn_baseline --kills 30 --cfg-options \\
        train_cfg.max_epochs=2 default_hooks.checkpoint.by_epoch=False default_hooks.checkpoint.interval=1

Half of the kills come at any moment, half when a checkpoint is being written. Where a training ends before it was
killed often enough, the next one begins. The exit status is 1 where a training did not end the same.
"""
from pathlib import Path

from .arguments import add_config, at_least, option


def add_arguments(parser):
    add_config(parser)
    parser.add_argument('--kills', type=at_least(1), default=30, help='how many (%(default)s)')
    parser.add_argument('--within', type=float, default=10, help='seconds from the start after which a kill comes at '
                        'the latest (%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of the moments (%(default)s)')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/chaos'), help='new folder, or that of an '
                        'earlier test, which is emptied (%(default)s)')
    parser.add_argument('--cfg-options', nargs='+', type=option, default=[], metavar='KEY=VALUE',
                        help='changes to the config')


def run(args):
    import time

    from .. import datasets, hooks, models  # noqa: F401  so that no training has to import them; they ask for mmseg
    from ..experiments.kill_test import kill_test
    from . import main

    options = ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    began = time.monotonic()
    outcome = kill_test(lambda words: main(['train', args.config, *words, *options]), args.work_dir, args.kills,
                        args.within, args.seed)
    print(*outcome.differences, sep='\n')
    print(f'{outcome.kills} kills, {outcome.saving} of them while a checkpoint was written; trainings '
          f'{outcome.trainings}, lost {outcome.lost} ({time.monotonic() - began:.0f} s)')
    return bool(outcome.lost)

"""Kill a training at random moments, resume it by the same command, and compare it with one that was left alone.

    python tools/chaos.py configs/mini_synthia_highway_dawn_baseline.py --kills 30 --cfg-options \
        train_cfg.max_epochs=2 default_hooks.checkpoint.by_epoch=False default_hooks.checkpoint.interval=1

Half of the kills come at any moment, half when a checkpoint is being written. Where a training ends before it was
killed often enough, the next one begins. The exit status is 1 where a training did not end the same.
"""
import argparse
import sys
import time
from pathlib import Path

import mmseg.apis  # noqa: F401  so that no training has to import them

import advbn_seg.datasets
import advbn_seg.hooks
import advbn_seg.models  # noqa: F401
from advbn_seg.experiments.kill_test import kill_test
from advbn_seg.runtime.command_line import errors_in_one_sentence


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file')
    parser.add_argument('--kills', type=int, default=30, help='how many (%(default)s)')
    parser.add_argument('--within', type=float, default=10, help='seconds from the start after which a kill comes at '
                        'the latest (%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of the moments (%(default)s)')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/chaos'), help='emptied before (%(default)s)')
    parser.add_argument('--cfg-options', nargs='+', default=[], help='changes to the config')
    return parser.parse_args()


def main():
    args = parse_args()
    options = ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    command = [Path(__file__).with_name('train.py'), args.config, *options]
    began = time.monotonic()
    with errors_in_one_sentence():
        outcome = kill_test(command, args.work_dir, args.kills, args.within, args.seed)
    print(*outcome.differences, sep='\n')
    print(f'{outcome.kills} kills, {outcome.saving} of them while a checkpoint was written; trainings '
          f'{outcome.trainings}, lost {outcome.lost} ({time.monotonic() - began:.0f} s)')
    sys.exit(bool(outcome.lost))


if __name__ == '__main__':
    main()

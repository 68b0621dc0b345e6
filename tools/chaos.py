"""Kills a training at random moments, resumes it by the same command, and compares it with one that was left alone.

    python tools/chaos.py configs/mini_synthia_highway_dawn_baseline.py --kills 30 --cfg-options \
        train_cfg.max_epochs=2 default_hooks.checkpoint.by_epoch=False default_hooks.checkpoint.interval=1

Half of the kills come at any moment, half when a checkpoint is being written. Where a training ends before it was
killed often enough, the next one begins. Each start is a fork of one process that has imported what a training needs.
"""
import argparse
import os
import random
import runpy
import shutil
import signal
import sys
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import mmseg.apis  # noqa: F401

import advbn_seg.datasets
import advbn_seg.hooks
import advbn_seg.models  # noqa: F401
from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.runtime.compare_runs import differences

TRAIN = Path(__file__).with_name('train.py')


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


def run(command, log):
    """In a process of its own: the training tool, its output appended to a file."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = [str(part) for part in command]
    runpy.run_path(sys.argv[0], run_name='__main__')


def start(args, work_dir):
    options = ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    command = [TRAIN, args.config, '--resume', '--work-dir', work_dir, *options]
    process = get_context('fork').Process(target=run, args=(command, work_dir.with_suffix('.log')), name=work_dir)
    process.start()
    os.setpgid(process.pid, process.pid)  # a group of its own, to be killed with its workers
    return process


def ended(process, seconds=None):
    """Whether a training ends within these seconds.

    Raises:
        SystemExit: if it fails.
    """
    process.join(seconds)
    if process.exitcode:
        sys.exit(f'a training failed with exit code {process.exitcode}; see {process.name}.log')
    return process.exitcode == 0


def parts(work_dir):
    """Checkpoints that are being written, or were when a training was killed."""
    found = set()
    for path in work_dir.glob('.*.part'):
        with suppress(FileNotFoundError):  # it has just been completed
            found.add((path, path.stat().st_mtime_ns))
    return found


def survives(process, work_dir, args, moments):
    """Waits for the moment to kill a training: any, or one at which it writes a checkpoint; False if it ends before."""
    if moments.random() < 0.5:
        return not ended(process, moments.uniform(0, args.within))
    known, writings = parts(work_dir), moments.randint(1, 6)
    while writings:
        if ended(process, 0.001):
            return False
        new = parts(work_dir) - known
        known |= new
        writings -= bool(new)
    time.sleep(moments.uniform(0, 0.02))
    return True


def train(args, work_dir, kills, moments):
    """One training to its end, killed up to `kills` times.

    Returns:
        (kills, of them while saving): how many there were.
    """
    killed = saving = 0
    while True:
        left = parts(work_dir)
        process = start(args, work_dir)
        if killed == kills:
            ended(process)
            return killed, saving
        if not survives(process, work_dir, args, moments):
            return killed, saving
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
        killed += 1
        saving += not parts(work_dir) <= left


def main():
    args = parse_args()
    shutil.rmtree(args.work_dir, ignore_errors=True)
    args.work_dir.mkdir(parents=True)
    alone, disturbed = args.work_dir / 'alone', args.work_dir / 'disturbed'
    moments = random.Random(args.seed)
    began = time.monotonic()
    train(args, alone, 0, moments)
    killed = saving = trainings = lost = 0
    while killed < args.kills:
        shutil.rmtree(disturbed, ignore_errors=True)
        more, while_saving = train(args, disturbed, args.kills - killed, moments)
        found = differences(alone, disturbed)
        killed, saving, trainings = killed + more, saving + while_saving, trainings + 1
        lost += bool(found)
        for difference in found[:10]:
            print(difference)
    print(f'{killed} kills, {saving} of them while a checkpoint was written; trainings {trainings}, lost {lost} '
          f'({time.monotonic() - began:.0f} s)')
    sys.exit(bool(lost))


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()

"""Trainings killed at random moments and resumed, each compared with one that was left alone.

Each start is a fork of one process that has imported what a training needs.
"""
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from ..errors import UserError
from .compare_runs import differences
from .queue import last_line

WRITTEN = {'alone', 'alone.log', 'disturbed', 'disturbed.log'}  # into the folder of a test


@dataclass
class Outcome:
    """How often trainings were killed, how often of that while saving, and how many of the trainings were lost."""
    kills: int = 0
    saving: int = 0
    trainings: int = 0
    lost: int = 0
    differences: list = field(default_factory=list)


def kill_test(run, work_dir, kills, within, seed=0):
    """Kill trainings until there were `kills`; where one ends before, the next begins.

    Half of the kills come at any moment, half when a checkpoint is being written.

    Args:
        run (callable): trains; called in a fork with the words ['--resume', '--work-dir', DIR].
        work_dir (Path): what an earlier test has left there goes.
        within (float): seconds from a start after which a kill comes at the latest.
        seed (int): of the moments.

    Returns:
        Outcome: with some of the differences of each training that was lost.

    Raises:
        UserError: A training failed by itself, or the folder holds something else.
    """
    empty(work_dir)
    alone, disturbed = work_dir / 'alone', work_dir / 'disturbed'
    moments, outcome = random.Random(seed), Outcome()
    train(run, alone, 0, within, moments)
    while outcome.kills < kills:
        shutil.rmtree(disturbed, ignore_errors=True)
        killed, saving = train(run, disturbed, kills - outcome.kills, within, moments)
        found = differences(alone, disturbed)
        outcome.kills += killed
        outcome.saving += saving
        outcome.trainings += 1
        outcome.lost += bool(found)
        outcome.differences += found[:10]
    return outcome


def empty(work_dir):
    """Make the folder of a kill test, without what an earlier one has left there.

    Raises:
        UserError: The folder holds something that no kill test has written.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    if others := sorted({path.name for path in work_dir.iterdir()} - WRITTEN):
        raise UserError(f'--work-dir {work_dir} would be emptied, but holds {others[0]}, which is of no earlier test: '
                        'name another folder')
    shutil.rmtree(work_dir)
    work_dir.mkdir()


def logged(run, words, log):
    """Train in this process, which is a fork of its own; its output is appended to a file."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    run(words)


def start(run, work_dir):
    words = ['--resume', '--work-dir', str(work_dir)]
    process = get_context('fork').Process(target=logged, args=(run, words, work_dir.with_suffix('.log')), name=work_dir)
    process.start()
    os.setpgid(process.pid, process.pid)  # a group of its own, to be killed with its workers
    return process


def ended(process, seconds=None):
    """Return whether a training ends within these seconds.

    Raises:
        UserError: The training failed; the last line of its output is named.
    """
    process.join(seconds)
    if process.exitcode:
        log = Path(f'{process.name}.log')
        raise UserError(f'a training failed: {last_line(log)} (exit code {process.exitcode}; see {log})')
    return process.exitcode == 0


def parts(work_dir):
    """Return checkpoints that are being written, or were when a training was killed."""
    found = set()
    for path in work_dir.glob('.*.part'):
        with suppress(FileNotFoundError):  # it has just been completed
            found.add((path, path.stat().st_mtime_ns))
    return found


def survives(process, work_dir, within, moments):
    """Wait for the moment to kill a training, any or one at which it saves; return False if it ends before."""
    if moments.random() < 0.5:
        return not ended(process, moments.uniform(0, within))
    known, writings = parts(work_dir), moments.randint(1, 6)
    while writings:
        if ended(process, 0.001):
            return False
        new = parts(work_dir) - known
        known |= new
        writings -= bool(new)
    time.sleep(moments.uniform(0, 0.02))
    return True


def train(run, work_dir, kills, within, moments):
    """Train to the end, killed up to `kills` times.

    Returns:
        (kills, of them while saving): how many there were.
    """
    killed = saving = 0
    while True:
        left = parts(work_dir)
        process = start(run, work_dir)
        if killed == kills:
            ended(process)
            return killed, saving
        if not survives(process, work_dir, within, moments):
            return killed, saving
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
        killed += 1
        saving += not parts(work_dir) <= left

"""Many commands, some at a time, each after the one that it needs; the first failure stops all."""
import os
import signal
import subprocess
import sys
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager

from ..errors import UserError
from ..runtime.ending_signals import ending_signals
from ..runtime.host import usable_cores

PYTHON = [sys.executable, '-m', 'advbn_seg']  # runs a command of ours, in a clone as in an installation


class CommandFailed(UserError):
    """A command of ours has failed: the last line of its output, and its exit code."""

    def __init__(self, message, said, code):
        super().__init__(message)
        self.said, self.code = said, code


class Queue:
    """Works on tasks in the background.

    Args:
        jobs (int): how many at a time; each gets its share of the cores, unless OMP_NUM_THREADS is set.
    """

    def __init__(self, jobs):
        self.jobs = jobs
        self.threads = max(1, usable_cores() // jobs)
        self._processes = set()
        self._stopped = False

    def each(self, tasks, work, need):
        """Yield each task when `work(task)` is done with it.

        Args:
            tasks (list): in the order in which to start.
            work (Callable): of a task, in a thread.
            need (Callable): of a task, the one that must be done before, or None; one that is not in `tasks` is taken
                for done.

        Raises:
            Exception: The first one that `work` raised. No other task is started then, and the processes of running
                tasks are told to end. The same happens where the caller stops.
        """
        waiting, running = list(tasks), {}
        with ThreadPoolExecutor(self.jobs) as pool, self._stopping():
            while waiting or running:
                undone = [*waiting, *running.values()]
                ready = [task for task in waiting if need(task) not in undone]
                for task in ready[:self.jobs - len(running)]:
                    waiting.remove(task)
                    running[pool.submit(work, task)] = task
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    future.result()  # which raises what went wrong
                    yield running.pop(future)

    def call(self, command, log):
        """Run a command of advbn-seg to its end; its output goes to the end of a file.

        Args:
            command (list): its name and its arguments.
            log (Path): the file.

        Raises:
            CommandFailed: The last line of its output and the file are named.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, 'a', encoding='utf-8') as file:  # in which the run's own process may still write
            process = subprocess.Popen([*PYTHON, *map(str, command)], stdout=file, stderr=subprocess.STDOUT,
                                       env={'OMP_NUM_THREADS': str(self.threads), **os.environ})
        self._processes.add(process)
        if self._stopped:
            process.terminate()
        try:
            code = process.wait()
        finally:
            self._processes.discard(process)
        if code:
            said = last_line(log)
            raise CommandFailed(f'advbn-seg {command[0]} failed: {said} (exit code {code}; see {log})', said, code)

    @contextmanager
    def _stopping(self):
        try:
            yield
        except BaseException:  # also Ctrl-C, and a generator that its caller leaves
            self._stopped = True
            for process in list(self._processes):
                process.terminate()  # on which our trainings save where they are
            raise


def last_line(log):
    """Return the last line of a file that is not blank."""
    lines = log.read_text(encoding='utf-8', errors='replace').split('\n')
    return next((line.strip() for line in reversed(lines) if line.strip()), 'it said nothing')


@contextmanager
def terminated_like_interrupted():
    """Have the other ending signals end this program as Ctrl-C does, with the processes that it has started."""
    def interrupt(*_):
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ending_signals() if number != signal.SIGINT}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""What a user sees while an experiment trains: epoch, loss and time left of each run, read from its log."""
import re
import threading
import time
from contextlib import contextmanager
from typing import NamedTuple

from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from ..evaluation.training_log import diverged
from .record import is_trained

SECONDS = dict(terminal=0.5, log=9)  # between two looks at the logs
PART = 32768  # bytes: at the begin of a log with the config as it is trained, at the end with the last line of training
EPOCHS = re.compile(r'^train_cfg = dict\([^()]*?max_epochs=(\d+)', re.M)
LINE = re.compile(r'(?:Epoch|Iter)\(train\)\s+(?:\[\s*(\d+)\])?\[\s*(\d+)/(\d+)\].*?'
                  r'\beta: (.+?)  .*?\bloss: (\S+)')


class State(NamedTuple):
    """How far a run is: the share that is done, and the same in words."""
    share: float
    text: str


def state(run):
    """Return the `State` that the logs of a run tell."""
    if (run.folder / 'robustness.log').exists():
        return State(1., 'scoring')
    begin, end = ends(run.folder / 'train.log')
    found = list(LINE.finditer(end))
    if not found:
        return State(0., 'starting')
    epoch, step, steps, left, loss = found[-1].groups()
    if epoch is None:
        return State(int(step) / int(steps), f'iteration {step}/{steps}, loss {loss}, {left} left')
    said = EPOCHS.search(begin)
    if not said:  # another program has written into the log
        return State(0., f'epoch {epoch}, loss {loss}, {left} left')
    epochs = int(said[1])
    share = (int(epoch) - 1 + int(step) / int(steps)) / epochs
    return State(min(1., share), f'epoch {epoch}/{epochs}, loss {loss}, {left} left')


def ending(run):
    """Return how a run has ended, in words."""
    if said := diverged(run.folder):
        return f'diverged: {run.folder}: {said}; delete the folder to train it anew'
    if run.start and diverged(run.start.folder) and not is_trained(run):
        return f'left out: {run.folder}, as {run.start.folder} has diverged'
    return f'done: {run.folder}'


def ends(path):
    """Return the begin and the end of a text file, which may overlap; nothing where there is no file."""
    try:
        with open(path, 'rb') as file:
            begin = file.read(PART)
            file.seek(max(0, path.stat().st_size - PART))
            return [part.decode('utf-8', errors='replace') for part in (begin, file.read())]
    except OSError:
        return '', ''


class Watch:
    """Shows the runs of an experiment: bars in a terminal, and a line of each every few seconds in a log.

    Args:
        runs (list[Run]): all that are trained, some at a time.
        console (Console): of rich.
    """

    def __init__(self, runs, console):
        self.waiting, self.running = list(runs), {}  # run: its bar
        self.console, self.began = console, time.time()
        name, text = (TextColumn(what, markup=False, table_column=Column(no_wrap=True))
                      for what in ('{task.description}', '{task.fields[text]}'))
        self.bars = Progress(name, BarColumn(8), text, console=console, disable=not console.is_terminal)
        self.all = self.bars.add_task('all runs', total=len(runs), text=f'0 of {len(runs)} trained')
        self.number, self.lock = len(runs), threading.Lock()

    def done(self, run):
        """Take a run, which is over, from those that are shown."""
        with self.lock:
            self.waiting.remove(run)
            if run in self.running:
                self.bars.remove_task(self.running.pop(run))
            self._say(ending(run))

    def look(self, say=False):
        """Bring the bars up to date; where there are none and `say` is set, print a line for each run."""
        with self.lock:
            shares = 0
            for run in self.waiting:
                log = run.folder / 'train.log'
                if not log.exists() or log.stat().st_mtime < self.began:
                    continue  # its turn has not come
                found = state(run)
                shares += found.share
                if run not in self.running:
                    self.running[run] = self.bars.add_task(f'{run.source} {run.method} {run.seed}', total=1, text='')
                    self._say(f'started: {run.name}, seed {run.seed}; its log is {log}')
                self.bars.update(self.running[run], completed=found.share, text=found.text)
                if say and not self.console.is_terminal:
                    self._say(f'{run.name}, seed {run.seed}: {found.text}')
            trained = self.number - len(self.waiting)
            self.bars.update(self.all, completed=trained + shares, text=f'{trained} of {self.number} trained')

    def _say(self, text):
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def watching(runs, console):
    """Give a `Watch` that looks by itself, until the end."""
    watch, end = Watch(runs, console), threading.Event()
    period = SECONDS['terminal' if console.is_terminal else 'log']

    def look():
        while not end.wait(period):
            watch.look(say=True)

    thread = threading.Thread(target=look, daemon=True)
    with watch.bars:
        thread.start()
        try:
            yield watch
        finally:
            end.set()
            thread.join()

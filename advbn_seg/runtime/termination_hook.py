"""Signals that end a training from outside: Ctrl-C, a closed terminal, and the notice of a cluster (SIGTERM)."""
import signal
from pathlib import Path
from threading import current_thread, main_thread
from traceback import walk_stack
from weakref import ref

from mmengine.dist import barrier, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from .ending_signals import NAMES, ending_signals
from .process_group import largest_of_all_processes
from .resuming import own_checkpoint
from .safe_checkpoint_hook import ATOMIC, point_to
from .workers import guard_workers

CHECKPOINT = 'interrupted.pth'


@HOOKS.register_module()
class TerminationHook(Hook):
    """On SIGTERM, SIGHUP or Ctrl-C, to any process of a training, ends it after the iteration with a checkpoint.

        default_hooks = dict(termination=dict(type='advbn_seg.hooks.TerminationHook'))

    The checkpoint is `interrupted.pth`. The exit code is that of shells: 143 for SIGTERM, 130 for Ctrl-C, and 129 for
    SIGHUP, which a broken ssh connection sends. Under nohup SIGHUP is ignored. Validation is not interrupted; a second
    Ctrl-C ends the training at once. A resumed run that has come to its end removes the file. The file stays where the
    run has saved no other since: after an interruption in the last iteration nothing is left to train. A training in
    another thread than the main one hears no signals.
    """

    priority = 'LOWEST'  # all other hooks have finished the iteration

    def __init__(self):
        self._asked = 0  # the number of the signal
        self._previous = {}
        self._loop = None

    def before_train(self, runner):
        self._let_go()  # of a training that an error has ended
        self._asked = 0  # in a notebook, the same runner may train again
        self._loop = ref(runner.train_loop)  # weak: a handler that is left does not keep the model
        if current_thread() is main_thread():  # Python lets no other set handlers
            self._previous = {number: signal.signal(number, self._ask) for number in ending_signals()}
        for loop in (runner.train_loop, runner.val_loop):
            if loop is not None:
                guard_workers(loop.dataloader)

    def _ask(self, number, frame):
        if not is_running(self._loop(), frame):  # an error has ended the training, of which no hook is told
            self._let_go()
            signal.raise_signal(number)
            return
        self._asked = number
        if number == signal.SIGINT:  # clusters may repeat SIGTERM; who presses Ctrl-C again means it
            signal.signal(number, self._previous[number])

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        asked = largest_of_all_processes(self._asked)
        if not asked:
            return
        path = Path(runner.work_dir) / CHECKPOINT
        runner.call_hook('before_saving')
        runner.save_checkpoint(runner.work_dir, CHECKPOINT, meta=dict(epoch=runner.epoch, iter=runner.iter + 1),
                               backend_args=dict(backend=ATOMIC))
        if is_main_process():
            point_to(runner, str(path))
        barrier()  # who leaves first has the others killed by their launcher
        runner.logger.warning(f'{NAMES[asked]}: the training has stopped after iteration {runner.iter + 1} and is '
                              f'saved in {path}; the same command with --resume goes on from there')
        self._let_go()
        raise SystemExit(128 + asked)

    def _let_go(self):
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def after_train(self, runner):
        self._let_go()
        path = Path(runner.work_dir) / CHECKPOINT
        if is_main_process() and path.is_file() and own_checkpoint(runner.work_dir) != str(path):
            path.unlink()


def is_running(loop, frame):
    """Return whether a frame, or one that it was called from, is in a method of this loop."""
    return loop is not None and any(each.f_locals.get('self') is loop for each, _ in walk_stack(frame))

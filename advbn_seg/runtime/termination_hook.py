"""What clusters send before they take a machine away: SIGTERM."""
import os
import signal
from functools import partial
from pathlib import Path
from threading import Thread

import torch
from mmengine.dist import all_reduce, barrier, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from .safe_checkpoint_hook import ATOMIC, point_to

EXIT_CODE = 128 + signal.SIGTERM  # 143, as shells report a program that SIGTERM has ended
CHECKPOINT = 'interrupted.pth'


@HOOKS.register_module()
class TerminationHook(Hook):
    """On SIGTERM, to any process of a training, ends it after the current iteration with a checkpoint.

        default_hooks = dict(termination=dict(type='advbn_seg.hooks.TerminationHook'))

    The checkpoint is `interrupted.pth`, the exit code 143. Validation is not interrupted. The file is removed where a
    resumed run has come to its end.
    """

    priority = 'LOWEST'  # all other hooks have finished the iteration

    def __init__(self):
        self._asked = False
        self._previous = None

    def before_train(self, runner):
        self._previous = signal.signal(signal.SIGTERM, self._ask)
        for loop in (runner.train_loop, runner.val_loop):
            if loop is not None:
                loop.dataloader.worker_init_fn = partial(_survive, loop.dataloader.worker_init_fn)

    def _ask(self, *_):
        self._asked = True

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if not in_any_process(self._asked):
            return
        path = Path(runner.work_dir) / CHECKPOINT
        runner.call_hook('before_saving')
        runner.save_checkpoint(runner.work_dir, CHECKPOINT, meta=dict(epoch=runner.epoch, iter=runner.iter + 1),
                               backend_args=dict(backend=ATOMIC))
        if is_main_process():
            point_to(runner, str(path))
        barrier()  # who leaves first has the others killed by their launcher
        runner.logger.warning(f'SIGTERM: the training has stopped after iteration {runner.iter + 1} and is saved in '
                              f'{path}; the same command with --resume goes on from there')
        raise SystemExit(EXIT_CODE)

    def after_train(self, runner):
        signal.signal(signal.SIGTERM, self._previous)
        if is_main_process():
            (Path(runner.work_dir) / CHECKPOINT).unlink(missing_ok=True)


def _survive(init, worker_id):
    """Starts a DataLoader's worker that outlives the SIGTERM which clusters send to every process of a job."""
    if hasattr(signal, 'sigwaitinfo'):  # not on macOS
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        Thread(target=_obey_parent, daemon=True).start()
    if init is not None:
        init(worker_id)


def _obey_parent():
    """Exits on the SIGTERM with which the training process ends its workers."""
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)


def in_any_process(flag):
    """Whether it is set in any process of a training; all of them must ask."""
    flags = torch.tensor(int(flag))
    all_reduce(flags, 'max')
    return bool(flags)

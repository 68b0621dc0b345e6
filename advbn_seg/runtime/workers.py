"""A data loader's worker processes: signals meant for others do not end them, and nobody waits for ever for them."""
import os
import signal
from functools import partial
from threading import Thread

from .compat.loaders import die_of_a_lost_batch
from .ending_signals import NAMES

PATIENCE = 600  # seconds for one batch


def guard_workers(loader):
    """Have the workers of a DataLoader outlive the signals that end a training, and end where they cannot go on.

    A cluster, Ctrl-C and a closed terminal signal to every process of a job. The loader waits for a batch `PATIENCE`
    seconds, or as long as its own `timeout` says, where it has any.
    """
    loader.worker_init_fn = partial(_begin, loader.worker_init_fn)
    if loader.num_workers and not loader.timeout:
        loader.timeout = PATIENCE


def _begin(init, worker_id):
    """Guard this worker process, then call its own `worker_init_fn`."""
    die_of_a_lost_batch()
    if hasattr(signal, 'sigwaitinfo'):  # not on macOS
        signal.pthread_sigmask(signal.SIG_BLOCK, NAMES)
        Thread(target=_obey_parent, daemon=True).start()
    if init is not None:
        init(worker_id)


def _obey_parent():
    """Exit on the SIGTERM with which the training process ends its workers."""
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)

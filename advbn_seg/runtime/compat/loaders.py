"""torch's DataLoader, as mmengine builds it, and Python's queues between it and its workers."""
import os
import signal
import sys
import traceback
from multiprocessing.queues import Queue


def replace_batch_sampler(loader, batches):
    """Have a loader that nobody has iterated over yet load other batches; a DataLoader does not let it be set."""
    vars(loader)['batch_sampler'] = batches


def die_of_a_lost_batch():
    """In a worker: end it where a batch cannot be sent; Python would print why and let the loader wait for ever.

    Shared memory that is full ends it by SIGBUS, as where a page of it cannot be had.
    """
    Queue._on_queue_feeder_error = staticmethod(_die)


def _die(error, _):
    if 'shared memory' in str(error):
        signal.raise_signal(signal.SIGBUS)
    traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(1)

"""torch's DataLoader, as mmengine builds it, and Python's queues between it and its workers."""
import os
import signal
import sys
import traceback
from multiprocessing.queues import Queue


def replace_batch_sampler(loader, batches):
    """Have a loader that nobody has iterated over yet load other batches; a DataLoader refuses a plain assignment."""
    vars(loader)['batch_sampler'] = batches


def die_of_a_lost_batch():
    """End this worker process where a batch cannot be sent; Python would print why and let the loader wait for ever.

    Full shared memory ends the process by SIGBUS, as the system does for a page that cannot be had.
    """
    Queue._on_queue_feeder_error = staticmethod(_die)


def _die(error, _):
    if 'shared memory' in str(error):
        signal.raise_signal(signal.SIGBUS)
    traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(1)

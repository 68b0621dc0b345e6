"""Processes that make images, and end without leaving the rest of the work behind."""
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import cv2

from ..errors import UserError


@contextmanager
def image_processes(workers: int | None = None) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes, in each of which OpenCV runs in one thread.

    Where the context ends by an error, what has not begun is left out.

    Args:
        workers: how many; all cores if None.

    Raises:
        UserError: one of them was killed.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # a process forked while OpenCV's own threads run would wait for them for ever
    try:
        with ProcessPoolExecutor(workers, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
            try:
                yield pool
            except BrokenProcessPool:
                raise UserError('a process that makes images was killed, perhaps for want of memory: run this again, '
                                'it goes on; with fewer --workers each has more') from None
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # else leaving the block would make all the rest
                raise
    finally:
        cv2.setNumThreads(threads)

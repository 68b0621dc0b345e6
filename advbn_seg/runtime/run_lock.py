"""One training per work dir.

The lock is one of the system (`fcntl.lockf`) on the file `.lock` there. A kill releases the lock, whatever is left of
the file, and worker processes do not keep the lock alive. Another training gets one sentence that names this process.
"""
import fcntl
import os
import socket
import time
from contextlib import contextmanager
from errno import EACCES, EAGAIN, ENOLCK, ENOSYS, ENOTSUP
from pathlib import Path

from ..errors import UserError

NAME = '.lock'
HELD = {}  # in this process: lock file -> its descriptor, which closing would release


def hold(work_dir):
    """Take the lock of a work dir until `release` or the end of this process; a second call does nothing.

    On a storage without locks nothing is taken.

    Raises:
        OSError: The folder cannot be made or written.
        UserError: Another process trains there.
    """
    path = (Path(work_dir) / NAME).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    while path not in HELD:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 1000).decode(errors='replace')
            os.close(descriptor)
            if error.errno in (ENOLCK, ENOSYS, ENOTSUP):
                return
            if error.errno not in (EACCES, EAGAIN):
                raise
            raise UserError(f'{work_dir} is in use: {holder or "another process"} is training there; wait for it or '
                            'stop it, or choose another --work-dir') from None
        if _is_there(path, descriptor):  # and not removed by who had it before
            me = f'process {os.getpid()} on {socket.gethostname()}, since {time.strftime("%Y-%m-%d %H:%M:%S")},'
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, me.encode(), 0)
            HELD[path] = descriptor
        else:
            os.close(descriptor)


def _is_there(path, descriptor):
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def release(work_dir):
    """Give the lock of a work dir back, if this process has it."""
    path = (Path(work_dir) / NAME).resolve()
    if path in HELD:
        path.unlink(missing_ok=True)
        os.close(HELD.pop(path))


@contextmanager
def one_training(work_dir, first=True):
    """Hold the lock of a work dir within this context.

    Args:
        work_dir (str | Path): Of the training.
        first (bool): Whether this is the first process of the training; the others do nothing.

    Raises:
        UserError: See `hold`.
    """
    if first:
        hold(work_dir)
    try:
        yield
    finally:
        release(work_dir)

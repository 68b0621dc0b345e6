"""One training per work dir, one evaluation per folder of results.

The lock is one of the system (`fcntl.lockf`) on the file `.lock` there. A kill releases the lock, whatever is left of
the file, and worker processes do not keep the lock alive. Another process gets one sentence that names this one.
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


def hold(folder, option='--work-dir', name=NAME):
    """Take the lock of a folder until `release` or the end of this process; a second call does nothing.

    On a storage without locks nothing is taken.

    Args:
        folder (str | Path): A work dir, or a folder of results.
        option (str, optional): What names another folder on the command line.
        name (str): Of the file.

    Raises:
        OSError: The folder cannot be made or written.
        UserError: Another process writes there.
    """
    path = (Path(folder) / name).resolve()
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
            raise UserError(f'{folder} is in use: {holder or "another process"} writes there; wait for it or stop it'
                            + (f', or choose another {option}' if option else '')) from None
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


def release(folder, name=NAME):
    """Give the lock of a folder back, if this process has it."""
    path = (Path(folder) / name).resolve()
    if path in HELD:
        path.unlink(missing_ok=True)
        os.close(HELD.pop(path))


@contextmanager
def one_writer(folder, first=True, option='--work-dir', name=NAME):
    """Hold the lock of a folder within this context.

    Args:
        folder, option, name: See `hold`.
        first (bool): Whether this is the first process of those that work together; the others do nothing.

    Raises:
        UserError: See `hold`.
    """
    if first:
        hold(folder, option, name)
    try:
        yield
    finally:
        release(folder, name)

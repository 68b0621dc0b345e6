"""Files that are either whole or not there."""
import json
import os
import re
import socket
from contextlib import contextmanager
from functools import cache
from pathlib import Path


def _temporary(path, suffix=''):
    """Return a name beside `path` that no other process uses, on this host or on another one (a container is one)."""
    _remove_what_the_dead_left(path.parent)
    name = os.fsencode(path.name)[:150].decode(errors='ignore')  # a name has 255 bytes at most
    return path.with_name(f'.{name}.{_host()}.{os.getpid()}.part{suffix[:30]}')


def _host():
    return re.sub(r'\W', '-', socket.gethostname())[:40]


@cache  # once per process, as a folder may be large
def _remove_what_the_dead_left(folder):
    for left in os.scandir(folder):
        found = re.fullmatch(rf'\..+\.{_host()}\.(\d+)\.part(\.\w+)?', left.name)
        if found and not _is_running(int(found[1])):
            Path(left).unlink(missing_ok=True)


def _is_running(process):
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # of another user
        pass
    return True


@contextmanager
def replacing(path):
    """Give a temporary path beside `path`, of the same suffix; the file written there becomes `path` at the end.

    Raises:
        OSError: naming `path`; the file there is as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path, path.suffix)
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # a full disk comes without a name
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path, text):
    """Write `text` to `path` in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_json(path, content, allow_nan=True):
    """Write `content` to `path` as JSON, in one step."""
    write_text(path, json.dumps(content, indent=1, allow_nan=allow_nan) + '\n')


def write_durably(path, data):
    """Write bytes to `path` in one step; on return the bytes are on the disk, whatever happens to the machine.

    The file that a killed process leaves behind, `.NAME.HOST.PID.part`, goes when another one of its host writes into
    that folder.

    Raises:
        OSError: naming the file and the reason; the file that was there is intact.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _temporary(path)
    try:
        with open(part, 'wb') as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(f'{path} could not be written: {error.strerror}; the files written before it are intact, so make '
                      'room or choose another disk, and go on from them') from error
    folder = os.open(path.parent, os.O_RDONLY)  # the new name, too, must be on the disk
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

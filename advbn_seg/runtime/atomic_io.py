"""Files that are either whole or not there."""
import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path):
    """Gives a temporary path beside `path`, of the same suffix; what was written there becomes `path` at the end."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.stem}.{os.getpid()}{path.suffix}')
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # a full disk comes without one
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path, text):
    """Writes `text` to `path` in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_durably(path, data):
    """Writes bytes to `path` in one step; when it returns they are on the disk, whatever happens to the machine.

    What a killed process leaves behind, `.NAME.part`, is overwritten by the next one that writes the same file.

    Raises:
        OSError: naming the file and what stopped the writing; what was there is intact.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'.{path.name}.part')
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

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
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path, text):
    """Writes `text` to `path` in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')

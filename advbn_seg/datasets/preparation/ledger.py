"""A small JSON file that remembers what was done with which files, so that it need not be done again."""

import hashlib
import json
from pathlib import Path

from ...runtime.atomic_io import write_text


class Ledger:
    """Results by key, each valid as long as its files keep their size and time of change.

    Args:
        path (str | Path): The JSON file; made by the first `record`. One that cannot be read counts as empty.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            self.entries = dict(json.loads(self.path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            self.entries = {}

    def get(self, key, files):
        """What was recorded under `key`; None if nothing, or if `files` are others or changed."""
        stamp, result = self.entries.get(key, (None, None))
        return result if stamp == _stamp(files) else None

    def record(self, key, files, result):
        """Remember `result` (anything JSON can hold), at once and without ever leaving half a file."""
        self.entries[key] = (_stamp(files), result)
        write_text(self.path, json.dumps(self.entries, indent=1, sort_keys=True))


def _stamp(files) -> str:
    seen = hashlib.sha256()
    for file in map(Path, files):
        status = file.stat()
        seen.update(f'{file.name} {status.st_size} {status.st_mtime_ns}\n'.encode())
    return seen.hexdigest()

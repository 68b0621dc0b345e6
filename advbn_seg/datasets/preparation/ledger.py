"""A small JSON file that remembers finished work on files, so that no work is done twice."""

import hashlib
import json
from pathlib import Path

from ...runtime.atomic_io import write_text
from ...runtime.regular_files import check_regular


class Ledger:
    """Results by key, each valid as long as its files keep their size and time of change.

    Args:
        path (str | Path): The JSON file; made by the first `record`. One that cannot be understood counts as empty.

    Raises:
        UserError: The path is no ordinary file.
    """

    def __init__(self, path):
        self.path = Path(path)
        check_regular(self.path)
        try:
            found = json.loads(self.path.read_text(encoding='utf-8'))
        except (FileNotFoundError, ValueError, RecursionError):
            found = None
        found = found if isinstance(found, dict) else {}
        self.entries = {key: entry for key, entry in found.items() if isinstance(entry, list) and len(entry) == 2}

    def get(self, key, files, is_valid):
        """Return the result recorded under `key`; None if there is none, if `files` differ or changed, or if not valid.

        Args:
            key (str): As for `record`.
            files (list[Path]): As for `record`.
            is_valid (callable): Whether a result may have been recorded; a file can hold any.
        """
        stamp, result = self.entries.get(key, (None, None))
        return result if stamp == _stamp(files) and is_valid(result) else None

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

"""Checkpoints are read as data: whatever mmengine loads, no file can run code.

mmengine 0.10 runs code of a checkpoint in five ways. A file that torch's restricted unpickler refuses is loaded once
more without restriction. `getattr` counts as harmless, though a pickle reaches any function by `getattr`. Files behind
a URL are not restricted at all. Resuming runs the text in `meta['config']` as Python. An inferencer that is given no
config runs the one in its checkpoint. mmengine's list of harmless names also has `numpy.ndarray`, and a pickle makes
arrays of pointers by that name.

Importing this module puts loaders in the place of mmengine's that do none of this. `load_from`, resuming and every
`init_cfg` use these loaders, in mmseg's tools as in ours; each part of advbn_seg that knows mmengine imports them.

The loaders accept tensors, plain Python values and what mmengine's Runner saves beside them (`pickled_values.py`). A
class of your own is accepted after `torch.serialization.add_safe_globals([YourClass])`. torch answers for the names
that its own list allows by default (`torch/_weights_only_unpickler.py`): keep torch up to date.

Damage is noticed too: files of torch >= 1.6 are zip archives, and each part of an archive is checked against its CRC.
"""
import os
import re
import zipfile
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from torch import serialization

from ..errors import UserError
from .compat.checkpoints import replace_loaders
from .compat.inferencers import refuse_configs_of_checkpoints
from .pickled_values import NAMES, Making, Refused
from .torch_errors import OUT_OF_MEMORY

CHUNK = 1 << 20  # bytes


@contextmanager
def allowed_names():
    """Let a pickle name `NAMES` and the user's safe globals within this context, and give the user's classes.

    A name that both have is ours, as another may run code.
    """
    before = serialization.get_safe_globals()
    theirs = [each for each in before if _name(each) not in NAMES]
    serialization.clear_safe_globals()
    serialization.add_safe_globals(theirs + [(asked, name) for name, asked in NAMES.items()])
    try:
        yield [each[0] if isinstance(each, tuple) else each for each in theirs]
    finally:
        serialization.clear_safe_globals()
        serialization.add_safe_globals(before)


def _name(allowed):
    return allowed[1] if isinstance(allowed, tuple) else f'{allowed.__module__}.{allowed.__qualname__}'


def read(file, name, map_location=None):
    """Return the content of a checkpoint, a dict less the text that `Runner.resume` would run.

    Args:
        file (str | Path | io.IOBase): The checkpoint, or an open file of it.
        name (str): What to call it.
        map_location: Of `torch.load`.

    Raises:
        OSError: The file cannot be opened.
        MemoryError, RuntimeError: Memory ran out.
        UserError: The file is damaged, is no checkpoint, holds no dict, or holds more than plain data.
    """
    try:
        check_zip(file)
        with allowed_names() as classes:
            checkpoint = Making(classes)(torch.load(file, map_location=map_location, weights_only=True))
    except (OSError, MemoryError):
        raise
    except Exception as error:
        if re.search(OUT_OF_MEMORY, str(error)):
            raise
        refused = str(error) if isinstance(error, Refused) else (re.findall(r'GLOBAL (\S+)', str(error)) or [None])[0]
        if refused:
            raise UserError(
                f'checkpoint {name} is not loaded: it holds {refused}, which may run code; a checkpoint needs only '
                'tensors and plain values, so get it from its maker again, saved without it') from None
        raise UserError(
            f'checkpoint {name} cannot be read: it is damaged, cut short or no checkpoint of PyTorch; copy or download '
            'it again') from error
    if not isinstance(checkpoint, dict):
        raise UserError(f'checkpoint {name} holds a {type(checkpoint).__name__}, but a dict was expected: the '
                        "state dict of a model, or one with the key 'state_dict'")
    if isinstance(checkpoint.get('meta'), dict):
        checkpoint['meta'].pop('config', None)  # Runner.resume only compares numbers of GPUs with it
    return checkpoint


def check_zip(file):
    """See that no part of a checkpoint is damaged; one of torch < 1.6 is no zip archive, and has nothing to check.

    Raises:
        zipfile.BadZipFile: A part has another CRC than when it was saved, or unpacks to more than the file has.
    """
    if hasattr(file, 'read'):
        start = file.tell()
        _check_open_zip(file)
        file.seek(start)
    else:
        with open(file, 'rb') as opened:
            _check_open_zip(opened)


def _check_open_zip(file):
    is_zip = file.read(4) == b'PK\3\4'
    size = file.seek(0, os.SEEK_END)
    if not is_zip:
        return
    with zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > size:  # torch does not compress
            raise zipfile.BadZipFile('more than the file has')
        for member in archive.infolist():
            with archive.open(member) as stream:
                while stream.read(CHUNK):
                    pass


def load_file(file, map_location=None, weights_only=True):
    """Load a checkpoint in the place of mmengine's `_safe_torch_load`; `weights_only` has no say.

    Raises:
        OSError: The file cannot be opened.
        UserError: See `read`.
    """
    return read(file, file if isinstance(file, (str, Path)) else 'of this address', map_location)


def load_url(url, model_dir=None, map_location=None, progress=True, check_hash=False, file_name=None):
    """Load a checkpoint in the place of mmengine's `load_url`, with its arguments.

    Raises:
        OSError: The file cannot be written.
        UserError: The file cannot be downloaded, it has another hash than its name says, or see `read`.
    """
    folder = Path(model_dir or Path(torch.hub.get_dir()) / 'checkpoints')
    file = folder / Path(file_name or urlparse(url).path).name
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        known = re.search(r'-([a-f0-9]*)\.', file.name) if check_hash else None
        try:
            torch.hub.download_url_to_file(url, str(file), known and known[1], progress)
        except (URLError, HTTPException, ConnectionError, TimeoutError) as error:
            reason = getattr(error, 'reason', error)
            raise UserError(f'checkpoint {url} cannot be downloaded: {getattr(reason, "strerror", None) or reason}; '
                            f'bring the file from elsewhere to {file}') from error
        except RuntimeError as error:
            raise UserError(f'checkpoint {url} cannot be used: {error}; download it again') from error
    return read(file, f'{url} (kept in {file})', map_location)


replace_loaders(load_file, load_url)
refuse_configs_of_checkpoints()

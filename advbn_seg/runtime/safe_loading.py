"""Checkpoints are read as data: whatever mmengine loads, no file can run code.

mmengine 0.10 runs code of a checkpoint in four ways. A file that torch's restricted unpickler refuses is loaded once
more without restriction; `getattr` counts as harmless, with which a pickle reaches any function; files behind a URL are
not restricted at all; and resuming runs the text in `meta['config']` as Python.

Importing this module puts loaders in the place of mmengine's that do none of this. `load_from`, resuming and every
`init_cfg` go through them, in mmseg's tools as in ours; each part of advbn_seg that knows mmengine imports it.

They accept tensors, plain Python values and what mmengine's Runner saves beside them: arrays and scalars of numbers,
its logs (`HistoryBuffer`), `ConfigDict`, and the `argparse.Namespace` of many published checkpoints. A class of your
own is accepted after `torch.serialization.add_safe_globals([YourClass])`.
"""
import argparse
import re
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler
from mmengine.runner import checkpoint as mmengine_checkpoint

from ..errors import UserError

NUMBERS = 'biufc'  # kinds of numpy dtypes: bool, int, unsigned, float and complex


class PlainHistoryBuffer(HistoryBuffer):
    """What a pickled `HistoryBuffer` becomes: its numbers, without the functions that come with them."""

    def __init__(self, *_):  # called by a forged pickle only
        raise UnpicklingError('HistoryBuffer with arguments')

    def __setstate__(self, state):
        logs, counts = state['_log_history'], state['_count_history']
        if type(logs) is not np.ndarray or type(counts) is not np.ndarray:
            raise UnpicklingError('HistoryBuffer without arrays')
        self.__class__ = HistoryBuffer
        HistoryBuffer.__init__(self, logs, counts, int(state['max_length']))


def named_method(owner, name):
    """In the place of `getattr`, which mmengine's checkpoints need for no more than these methods."""
    if owner is PlainHistoryBuffer and name in ('min', 'max', 'current', 'mean'):
        return getattr(HistoryBuffer, name)
    if owner == 'OneCycle' and name in ('_annealing_cos', '_annealing_linear'):
        return getattr(OneCycleParamScheduler, name)
    raise UnpicklingError('GLOBAL getattr')


def number_dtype(name, *_):
    """In the place of `numpy.dtype`: others can hold pointers, which a forged array would follow anywhere.

    It returns numpy's own instance, which the state that follows in the file cannot change; so its byte order is that
    of this machine.
    """
    dtype = np.dtype(name)
    if dtype.kind not in NUMBERS or dtype is not np.dtype(dtype.type):
        raise UnpicklingError(f'an array of dtype {dtype}')
    return dtype


def empty_array(*_):
    """In the place of `numpy._reconstruct`, which would call any class; the state that follows fills the array."""
    return np.empty(0)


def number_scalar(dtype, data):
    return np.frombuffer(data, number_dtype(dtype), count=1)[0]


def harmless_globals():
    """What a checkpoint may name, beyond torch's own list: each object with the name that it goes by in a pickle."""
    allowed = [slice, np.ndarray, ConfigDict, argparse.Namespace,
               (PlainHistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
               ('OneCycle', 'mmengine.optim.scheduler.param_scheduler.OneCycleParamScheduler'),
               (named_method, 'builtins.getattr'), (number_dtype, 'numpy.dtype')]
    for core in ('numpy.core.multiarray', 'numpy._core.multiarray'):  # numpy 1 and 2
        allowed += [(empty_array, f'{core}._reconstruct'), (number_scalar, f'{core}.scalar')]
    return allowed + list({type(np.dtype(code)) for code in np.typecodes['All'] if np.dtype(code).kind in NUMBERS})


@contextmanager
def reading(name):
    """Within this context torch accepts what is harmless, and its errors become a UserError about `name`."""
    try:
        with torch.serialization.safe_globals(harmless_globals()):
            yield
    except OSError:
        raise
    except Exception as error:
        if refused := re.search(r'GLOBAL (\S+)', str(error)):
            raise UserError(
                f'checkpoint {name} is not loaded: it holds {refused[1]}, which may run code; a checkpoint needs only '
                'tensors and plain values, so get it from its maker again, saved without it') from None
        raise UserError(
            f'checkpoint {name} cannot be read: it is damaged, cut short or no checkpoint of PyTorch; copy or download '
            'it again') from error


def without_config(checkpoint, name):
    """A loaded checkpoint less the text that `Runner.resume` would run; it only compares numbers of GPUs with it.

    Raises:
        UserError: it is no dict.
    """
    if not isinstance(checkpoint, dict):
        raise UserError(f'checkpoint {name} holds a {type(checkpoint).__name__}, but a dict was expected: the '
                        "state dict of a model, or one with the key 'state_dict'")
    meta = checkpoint.get('meta')
    if isinstance(meta, dict):
        meta.pop('config', None)
    return checkpoint


def load_file(file, map_location=None, weights_only=True):
    """In the place of mmengine's `_safe_torch_load`; `weights_only` has no say.

    Raises:
        UserError: see the module.
    """
    name = file if isinstance(file, (str, Path)) else 'of this address'
    with reading(name):
        checkpoint = torch.load(file, map_location=map_location, weights_only=True)
    return without_config(checkpoint, name)


def load_url(url, **options):
    """In the place of mmengine's `load_url`, with its options.

    Raises:
        UserError: see the module.
    """
    with reading(url):
        checkpoint = torch.hub.load_state_dict_from_url(url, weights_only=True, **options)
    return without_config(checkpoint, url)


for original, ours in (('_safe_torch_load', load_file), ('load_url', load_url)):
    if not hasattr(mmengine_checkpoint, original):
        raise UserError(f'this version of mmengine loads checkpoints without {original}, so advbn_seg cannot make it '
                        'safe; run: pip install -U onedl-mmengine')
    setattr(mmengine_checkpoint, original, ours)

"""Pickles written by hand, and checkpoints that have them."""
import io
import pickle
import zipfile

import torch

PROTO, STOP, REDUCE, NEWOBJ, BUILD = b'\x80\2', b'.', b'R', b'\x81', b'b'


def value(python):
    """The opcodes that put a value on the stack."""
    return pickle.dumps(python, 2)[2:-1]


def named(name):
    """The opcodes that put on the stack what a file names."""
    module, _, what = name.rpartition('.')
    return f'c{module}\n{what}\n'.encode()


def tuple_of(*parts):
    return b'(' + b''.join(parts) + b't'


def checkpoint(part):
    """A whole pickle: a dict with a state dict and the value of the opcodes `part`."""
    return PROTO + b'}' + value('state_dict') + b'}s' + value('part') + part + b's' + STOP


def zipped(data, source=None):
    """The bytes of a checkpoint with this pickle, and with the tensors of the bytes `source`, if given."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source or saved({}))) as archive, zipfile.ZipFile(out, 'w') as changed:
        for name in archive.namelist():
            changed.writestr(name, data if name.endswith('data.pkl') else archive.read(name))
    return out.getvalue()


def saved(content, **options):
    """The bytes that torch saves."""
    out = io.BytesIO()
    torch.save(content, out, **options)
    return out.getvalue()


def pickle_of(source):
    """The pickle in the bytes of a checkpoint."""
    with zipfile.ZipFile(io.BytesIO(source)) as archive:
        name, = (name for name in archive.namelist() if name.endswith('data.pkl'))
        return archive.read(name)

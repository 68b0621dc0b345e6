"""Values that mmengine's Runner saves beside tensors, made from a pickle that nobody vouches for.

A pickle may call whatever it may name, with arguments and a state of its own, in any order and any number of times. So
none of these names leads to anything of Python, numpy or mmengine. Each leads to a class that keeps the arguments and
the state (`Asked`), and does nothing. Real values are made once the whole file is read, by `make`, which checks all:

| name in the pickle | class | what `make` gives, and why it is harmless |
|---|---|---|
| `numpy.ndarray` | `ArrayType` | nothing: it is a name for `_reconstruct`, and refused anywhere else |
| `numpy._core.multiarray._reconstruct` | `Array` | a copy of bytes, of a dtype of numbers, as many as the shape needs |
| `numpy._core.multiarray.scalar` | `Scalar` | one number, from as many bytes as its dtype has |
| `numpy.dtype` | `Dtype` | a dtype of numbers, known by letter and size; fields of its state are not read |
| `builtins.bytes` | `NoBytes` | no bytes, as protocol 2 writes them; a call with arguments is refused |
| `builtins.slice` | `Slice` | a slice of what is in the file |
| `builtins.getattr` | `Method` | one of six functions, never called here; another is refused while the file is read |
| `...history_buffer.HistoryBuffer` | `History` | two arrays from above; the functions are those of its class |
| `...param_scheduler.OneCycleParamScheduler` | `OneCycle` | nothing: a name for `getattr` |
| `mmengine.config.config.ConfigDict` | `Settings` | a dict with names as keys |
| `argparse.Namespace` | `Namespace` | an object with the file's values under names, and no code |

`Asked` has slots only, so no state or `setattr` turns an object of another class into one of these or back. `make`
trusts nothing that was kept. Bools must be bytes of 0 and 1: numpy counts on these values without looking.
"""
import argparse
import math
import re
from collections import Counter, OrderedDict
from pickle import UnpicklingError

import numpy as np
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler


class Refused(UnpicklingError):
    """A file holds more than plain data; the message names it."""


class Asked:
    """A request that a pickle makes by a name: its arguments and its state, as they are."""
    __slots__ = ('arguments', 'state')

    def __new__(cls, *arguments):
        self = object.__new__(cls)
        self.arguments, self.state = arguments, None
        return self

    def __setstate__(self, state):
        self.state = state

    def make(self, real):
        """Return the real value; `real` gives the real values of the entries.

        Raises:
            Refused: Something else was asked for than mmengine saves.
        """
        raise Refused(f'a call of {name_of(type(self))}')


class ArrayType(Asked):
    __slots__ = ()


class OneCycle(Asked):
    __slots__ = ()


class Dtype(Asked):
    __slots__ = ()

    def make(self, real):
        name = self.arguments[0] if self.arguments else None
        if type(name) is not str or not re.fullmatch('[biufc][0-9]{1,2}', name):  # bool, int, unsigned, float, complex
            raise Refused(f'an array of dtype {name if type(name) is str else type(name).__name__}')
        order = self.state[1] if type(self.state) is tuple and len(self.state) > 1 else '='
        return np.dtype(name).newbyteorder(order) if order in ('<', '>') else np.dtype(name)


class Scalar(Asked):
    __slots__ = ()

    def make(self, real):
        dtype, data = self.arguments
        return numbers((), dtype, data, real)[()]


class Array(Asked):
    __slots__ = ()

    def make(self, real):
        _, shape, dtype, column_major, data = self.state
        return numbers(shape, dtype, data, real, 'F' if column_major else 'C')


def numbers(shape, dtype, data, real, order='C'):
    """Return a new array with the numbers in the bytes `data`."""
    if type(dtype) is not Dtype:
        raise Refused('an array without a dtype')
    dtype, data = real(dtype), real(data)
    if type(shape) is not tuple or not all(type(size) is int and size >= 0 for size in shape):
        raise Refused('an array of no shape')
    if type(data) is not bytes or len(data) != math.prod(shape) * dtype.itemsize:
        raise Refused('an array of another size than its shape')
    if dtype.kind == 'b' and data.strip(b'\0\1'):
        raise Refused('a bool that is neither 0 nor 1')
    return np.ndarray(shape, dtype, data, order=order).copy('K')


class NoBytes(Asked):
    __slots__ = ()

    def make(self, real):
        return b'' if not self.arguments else super().make(real)


class Slice(Asked):
    __slots__ = ()

    def make(self, real):
        return slice(*map(real, self.arguments))


class Settings(Asked):
    __slots__ = ()

    def make(self, real):
        return ConfigDict(named(self.arguments[0] if self.arguments else {}, real))


class Namespace(Asked):
    __slots__ = ()

    def make(self, real):
        made = argparse.Namespace()
        vars(made).update(named(self.state or {}, real))
        return made


def named(values, real):
    if type(values) is not dict or not all(type(key) is str for key in values):
        raise Refused('settings without names')
    return real(values)


class History(Asked):
    __slots__ = ()

    def make(self, real):
        state = named(self.state, lambda values: values)
        logs, counts, length = state['_log_history'], state['_count_history'], state['max_length']
        if type(logs) is not Array or type(counts) is not Array or type(length) is not int:
            raise Refused('a HistoryBuffer without arrays')
        return HistoryBuffer(real(logs), real(counts), length)


METHODS = {
    **{(History, name): getattr(HistoryBuffer, name) for name in ('min', 'max', 'current', 'mean')},
    **{(OneCycle, name): getattr(OneCycleParamScheduler, name) for name in ('_annealing_cos', '_annealing_linear')}}


class Method(Asked):
    __slots__ = ()

    def __new__(cls, *arguments):
        if [type(argument) for argument in arguments] != [type, str] or arguments not in METHODS:
            raise UnpicklingError('GLOBAL getattr')  # in torch's own words, as torch passes on no other error
        return super().__new__(cls, *arguments)

    def make(self, real):
        return METHODS[self.arguments]


NAMES = {
    'numpy.ndarray': ArrayType, 'numpy.dtype': Dtype,
    'numpy.core.multiarray._reconstruct': Array, 'numpy._core.multiarray._reconstruct': Array,  # numpy 1 and 2
    'numpy.core.multiarray.scalar': Scalar, 'numpy._core.multiarray.scalar': Scalar,
    'builtins.bytes': NoBytes, 'builtins.slice': Slice, 'builtins.getattr': Method,
    'argparse.Namespace': Namespace,
    'mmengine.config.config.ConfigDict': Settings, 'mmengine.logging.history_buffer.HistoryBuffer': History,
    'mmengine.optim.scheduler.param_scheduler.OneCycleParamScheduler': OneCycle}


def name_of(asked):
    return next(name for name, each in NAMES.items() if each is asked)


class Making:
    """A function from what a pickle holds to real values: lists and dicts are filled anew, in place.

    Args:
        classes (Collection[type]): Of a user, whose objects are searched too.
    """

    def __init__(self, classes=()):
        self.classes = classes
        self.made = {}  # by id: (the value, so that its id is not given away again; the real one)

    def __call__(self, value):
        if id(value) not in self.made:
            self.made[id(value)] = value, self._make(value)
        return self.made[id(value)][1]

    def _make(self, value):
        if isinstance(value, Asked):
            return value.make(self)
        if isinstance(value, type) and issubclass(value, Asked):
            raise Refused(name_of(value))
        if type(value) is tuple:
            return tuple(map(self, value))
        if type(value) in self.classes:
            self(getattr(value, '__dict__', None))
        if type(value) in (list, set, dict, OrderedDict, Counter):
            self.made[id(value)] = value, value  # before its content, which may hold it
            self._fill(value)
        return value

    def _fill(self, value):
        if type(value) is list:
            value[:] = map(self, value)
        elif type(value) is set:
            content = set(map(self, value))
            value.clear()
            value.update(content)
        else:
            content = [(self(key), self(item)) for key, item in value.items()]
            value.clear()
            for key, item in content:
                value[key] = item

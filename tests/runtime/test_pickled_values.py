"""Each name that a checkpoint may use, called as a forged file would call it."""
import argparse
import io

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer

from advbn_seg.errors import UserError
from advbn_seg.runtime.pickled_values import METHODS, NAMES
from advbn_seg.runtime.safe_loading import load_file
from tests.runtime.pickles import BUILD, NEWOBJ, REDUCE, checkpoint, named, tuple_of, value, zipped

ARRAY, DTYPE, SCALAR = 'numpy._core.multiarray._reconstruct', 'numpy.dtype', 'numpy._core.multiarray.scalar'


def loaded(*opcodes):
    """What a checkpoint holds that has a value of these opcodes."""
    return load_file(io.BytesIO(zipped(checkpoint(b''.join(opcodes)))))['part']


def dtype(name, *state):
    made = named(DTYPE) + value((name, False, True)) + REDUCE
    return made + value(state) + BUILD if state else made


def array(shape, of, data):
    called = named(ARRAY) + tuple_of(named('numpy.ndarray'), value((0,)), value(b'b')) + REDUCE
    return called + tuple_of(value(1), value(shape), of, value(False), value(data)) + BUILD


def test_an_array_and_a_number_are_as_numpy_saves_them():
    two = np.array([1.5, -0.0])
    found = loaded(array((2,), dtype('f8'), two.tobytes()))
    assert type(found) is np.ndarray and found.dtype == np.float64 and found.tobytes() == two.tobytes()
    assert found.flags.owndata and found.flags.writeable
    big = loaded(array((2,), dtype('i4', 3, '>', None, None, None, -1, -1, 0), np.array([1, 2], '>i4').tobytes()))
    assert big.tolist() == [1, 2]
    assert loaded(array((0, 3), dtype('f4'), b'')).shape == (0, 3)
    number = loaded(named(SCALAR), tuple_of(dtype('i2'), value(b'\3\0')), REDUCE)
    assert number == 3 and type(number) is np.int16


HARMLESS = (bytes, np.ndarray, np.number, np.bool_, np.dtype, slice, ConfigDict, argparse.Namespace, HistoryBuffer)
HOSTILE = [
    (), (None,), (-1,), (2 ** 62,), ('O8',), ('O',), ('V8', False, True), ('U4', False, True), ('M8[ns]',), ('f8,O',),
    ((4,), 'O', b'\x41' * 32), ((2 ** 40,), 'f8'), ('f8', b'x'), ({},), ([],), ({'__class__': 'x', '__parent': []},),
    ('os.system',), ('__globals__', '__globals__'), ('x', 'min'), (b'x' * 64,), ((), (), ()), ('f99',), (1, 2, 3, 4, 5)]
STATES = [
    None, (), {}, [1], 7, 'text', {'__class__': 'x'}, {1: 2}, ({'x': 1}, {'__class__': 'x'}),
    (1, (2 ** 40,), 'f8', False, b''), (1, (-1,), 'f8', False, b'x' * 8), (3, '|', None, ('a',), {'a': 0}, 8, 8, 0),
    {'_log_history': [1], '_count_history': [1], 'max_length': 1}]


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('call', [REDUCE, NEWOBJ], ids=['REDUCE', 'NEWOBJ'])
def test_no_arguments_and_no_state_do_harm(name, call):
    outcomes = set()
    for arguments, state in [*((each, None) for each in HOSTILE), *(((), each) for each in STATES),
                             *((('f8', False, True), each) for each in STATES)]:
        built = value(state) + BUILD if state is not None else b''
        try:
            found = loaded(named(name), value(arguments), call, built)
        except UserError:
            outcomes.add('refused')
        else:
            assert isinstance(found, HARMLESS), found
            assert not getattr(found, 'dtype', np.dtype('f8')).hasobject
    assert 'refused' in outcomes


@pytest.mark.parametrize('name', NAMES)
def test_a_bare_name_is_refused(name):
    with pytest.raises(UserError, match='is not loaded: it holds'):
        loaded(named(name))


def test_only_six_functions_are_reached_by_getattr():
    assert len(METHODS) == 6
    with pytest.raises(UserError, match='holds getattr'):
        loaded(named('builtins.getattr'), tuple_of(named('mmengine.logging.history_buffer.HistoryBuffer'),
                                                   value('update')), REDUCE)


def pointers(name='numpy.ndarray', call=REDUCE):
    """The file that crashed numpy: an array of pointers to where its maker likes."""
    return named(name) + value(((4,), 'O', b'\x41' * 32)) + call


@pytest.mark.parametrize('call', [REDUCE, NEWOBJ], ids=['REDUCE', 'NEWOBJ'])
def test_no_array_of_pointers_is_made(call):
    with pytest.raises(UserError, match='holds a call of numpy.ndarray, which may run code'):
        loaded(pointers(call=call))


def test_what_others_allow_does_not_replace_what_is_safe():
    with torch.serialization.safe_globals([np.ndarray, np.dtype, getattr]):
        with pytest.raises(UserError, match='holds a call of numpy.ndarray'):
            loaded(pointers())
        assert np.ndarray in torch.serialization.get_safe_globals()


@pytest.mark.parametrize('name', ['O8', 'V8', 'U4', 'S4', 'M8', 'm8', 'f8,O', '(2,)f8', 'i8\n', 'b', 'object'])
def test_arrays_are_of_numbers(name):
    with pytest.raises(UserError, match='is not loaded: it holds an array of dtype'):
        loaded(array((1,), dtype(name), bytes(8)))


@pytest.mark.parametrize('shape, of, data', [
    ((2,), 'f8', bytes(8)), ((1,), 'f8', bytes(16)), ((-1,), 'f8', bytes(8)), ((2 ** 61, 8), 'f8', b''),
    ([1], 'f8', bytes(8)), ((True,), 'f8', bytes(8)), ((1.0,), 'f8', bytes(8)), ((1,), 'f8', 'x' * 8),
    ((1,), 'f8', bytearray(8))])
def test_an_array_has_as_many_bytes_as_its_shape(shape, of, data):
    with pytest.raises(UserError, match='is not loaded: it holds an array of'):
        loaded(array(shape, dtype(of), data))


def test_a_bool_is_0_or_1():
    """With others numpy's masks count wrong, and write past what they have reserved."""
    assert loaded(array((2,), dtype('b1'), b'\1\0')).tolist() == [True, False]
    with pytest.raises(UserError, match='a bool that is neither 0 nor 1'):
        loaded(array((2,), dtype('b1'), b'\1\7'))


def test_no_tensor_shares_the_memory_of_an_array():
    """numpy frees what an array had when it is given a state once more."""
    with pytest.raises(UserError, match='cannot be read'):
        loaded(array((1,), dtype('f8'), bytes(8)), b'q\x63',
               named('torch._utils._rebuild_device_tensor_from_numpy'),
               tuple_of(b'h\x63', named('torch.float64'), value('cpu'), value(False)), REDUCE)


def test_an_object_is_made_once_and_may_hold_itself():
    part = (b']' + b'q\1' + b'h\1a' + named('builtins.slice') + value((1, 2, 3)) + REDUCE + b'q\2a' + b'h\2a' + b'h\1'
            + b'\x85' + b'a')
    found = loaded(part)
    assert found[0] is found and found[1] == slice(1, 2, 3) and found[1] is found[2] and found[3][0] is found


def test_depth_is_refused_and_not_followed_twice():
    with pytest.raises(UserError, match='cannot be read'):
        loaded(b']' * 5000 + b'a' * 4999)
    assert loaded(value(()) + (b'q\1' + b'h\1' + b'\x86') * 60)  # 2 ** 60 paths through it


def test_numbers_as_keys_and_in_sets():
    number = named(SCALAR) + tuple_of(dtype('i8'), value((5).to_bytes(8, 'little'))) + REDUCE
    assert loaded(b'}' + number + value('five') + b's') == {5: 'five'}
    assert loaded(named('builtins.set'), tuple_of(b'](' + number + b'e'), REDUCE) == {5}

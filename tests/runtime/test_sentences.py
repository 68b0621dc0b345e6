"""Which errors are told in one sentence."""
import pytest
from mmengine.registry import Registry
from torch._utils import ExceptionWrapper

from advbn_seg.datasets.camvid import parse_slice
from advbn_seg.errors import UserError
from advbn_seg.runtime.sentences import PACKAGE, sentence_of


def sentence(function, *args):
    with pytest.raises(Exception) as caught:
        function(*args)
    return sentence_of(caught.value, 'my_config.py')


def in_worker(function, *args):
    """What a data loader makes of the error of one of its processes."""
    try:
        function(*args)
    except Exception:
        wrapped = ExceptionWrapper(where='in DataLoader worker process 0')
    wrapped.reraise()


def test_ours_are_told_as_they_are_also_from_a_worker():
    told = sentence(parse_slice, 'half')
    assert told.startswith("frames='half' is no slice") and sentence(in_worker, parse_slice, 'half') == told


def test_others_are_bugs():
    assert sentence(int, 'x') is None
    assert sentence(in_worker, int, 'x') is None
    assert sentence({}.__getitem__, 'key') is None


def test_names_cannot_move_the_cursor():
    assert sentence_of(UserError('no \x1b[2Jfile'), 'my_config.py') == r'no \x1b[2Jfile'


def test_of_a_file_wherever_it_is_opened(tmp_path):
    told = f"No such file or directory: '{tmp_path}/x'"
    assert sentence(open, tmp_path / 'x') == sentence(in_worker, open, tmp_path / 'x') == told


@pytest.mark.parametrize('error, told', [
    (OSError(28, 'No space left on device', '/data/x'),
     "No space left on device: '/data/x'; make room, and run the same command again"),
    (PermissionError(13, 'Permission denied', '/data/x'),
     "Permission denied: '/data/x'; change its permissions, or choose another path"),
    (UserError('no such run'), 'no such run'),
    (RuntimeError('Permission denied'), None)])
def test_by_kind(error, told):
    def fail():
        raise error

    assert sentence(fail) == told


def test_while_mmengine_builds_from_a_config():
    net = Registry('net')
    net.register_module('A')(int)
    told = sentence(net.build, dict(type='B'))
    assert told == 'my_config.py: B is not in the tests::net registry (ADVBN_TRACEBACK=1 shows where)'
    assert sentence(net.build, dict(type='A', x=1)).startswith('my_config.py: ')


@pytest.mark.parametrize('file, is_told', [(f'{PACKAGE}/hooks/broken.py', False), ('/somewhere/else.py', True)])
def test_an_error_in_our_code_is_a_bug_also_where_mmengine_calls_it(file, is_told):
    names = {}
    exec(compile("def broken():\n    return int('x')", file, 'exec'), names)
    net = Registry('net')
    net.register_module('broken')(names['broken'])
    assert (sentence(net.build, dict(type='broken')) is not None) == is_told

import argparse

import pytest

from advbn_seg.runtime.cfg_options import CfgOptions


def options(*given):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions)
    return parser.parse_args(['--cfg-options', *given]).cfg_options


@pytest.mark.parametrize('given, value', [
    ('x=two words', 'two words'), ('x=a  b   c', 'a  b   c'), ("x='two words'", 'two words'), 
    ('x=/data/my disk', '/data/my disk'),
    ('x=[a b, c]', ['a b', 'c']), ('x=[( 1, 2 ), [a b,c ]]', [(1, 2), ['a b', 'c']]), ('x=1, 2', [1, 2]),
    ('x= 0.5 ', 0.5), ('x=True', True), ('x=None', None), ('x=a=b c', 'a=b c'), ('x=', '')])
def test_spaces_inside_of_words_are_kept_and_others_dropped(given, value):
    assert options(given) == dict(x=value)


def test_several_options_gather():
    assert options('a.b=1', 'c.0.d=x y') == {'a.b': 1, 'c.0.d': 'x y'}


@pytest.mark.parametrize('given', ['x', 'x=[1,2', 'x=(a b,c'])
def test_what_is_no_option_is_one_sentence(given, capsys):
    with pytest.raises(SystemExit) as stop:
        options(given)
    assert stop.value.code == 2
    assert f'--cfg-options {given}: KEY=VALUE was expected' in capsys.readouterr().err

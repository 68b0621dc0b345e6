import argparse

import pytest

from advbn_seg.commands.arguments import add_cfg_options, add_config, one_of
from advbn_seg.config_files import CONFIGS


@pytest.fixture
def parser():
    return argparse.ArgumentParser()


def options(*given):
    parser = argparse.ArgumentParser()
    add_cfg_options(parser)
    return parser.parse_args(['--cfg-options', *given]).cfg_options


def test_options_of_several_flags_gather():
    assert options('a=1', '--cfg-options', 'b=2', 'a=3') == dict(a=3, b=2)


def test_names_of_a_module_are_read_when_a_word_is_checked(parser, capsys):
    parser.add_argument('--never', type=one_of('nowhere:NAMES'))
    parser.add_argument('--some', nargs='+', type=one_of('synthetic.filters:FILTERS'))
    assert '--never NEVER' in parser.format_help()
    assert parser.parse_args(['--some', 'toaster', '1977']).some == ['toaster', '1977']
    with pytest.raises(SystemExit):
        parser.parse_args(['--some', 'toster'])
    assert "argument --some: 'toster' is none of 1977, amaro, " in capsys.readouterr().err


def test_a_config_is_a_file_or_the_name_of_one_of_ours(parser, tmp_path):
    add_config(parser)
    (tmp_path / 'own.py').touch()
    assert parser.parse_args([str(tmp_path / 'own.py')]).config == str(tmp_path / 'own.py')
    assert parser.parse_args(['imagenet/resnet50']).config == str(CONFIGS / 'imagenet/resnet50.py')


@pytest.mark.parametrize('given, value', [
    ('x=two words', 'two words'), ('x=a  b   c', 'a  b   c'), ("x='two words'", 'two words'), 
    ('x=/data/my disk', '/data/my disk'), ('x=/data/SYNTHIA (copy)/b', '/data/SYNTHIA (copy)/b'),
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


@pytest.mark.parametrize('given', ["x=dict(type='A',b=1)", "x=dict(type='A')", "x=[dict(type='A')]",
                                   'x=[dict(a=1,b=2)]', 'x={"a": 1}', "x=[{'a':1}]"])
def test_a_dict_is_given_key_by_key(given, capsys):
    with pytest.raises(SystemExit) as stop:
        options(given)
    assert stop.value.code == 2
    assert 'give each key of a dict by itself, such as model.init_cfg.type=Pretrained' in capsys.readouterr().err


def test_brackets_and_braces_in_a_path_are_no_dict():
    assert options('x=/data/{a}/b (copy).pth') == dict(x='/data/{a}/b (copy).pth')

import re
import signal
import subprocess
import sys

import pytest
import torch
from mmengine.config import Config
from torch.utils.data import DataLoader, Dataset

from advbn_seg.adversarial import ChannelStatistics
from advbn_seg.commands.arguments import at_least
from advbn_seg.errors import Diverged
from advbn_seg.runtime.one_sentence import errors_in_one_sentence


def test_errors_are_one_sentence(capsys, monkeypatch):
    monkeypatch.delenv('ADVBN_TRACEBACK', raising=False)
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        ChannelStatistics(eps=0)
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: eps must be positive, found 0\n'
    monkeypatch.setenv('ADVBN_TRACEBACK', '1')
    with pytest.raises(ValueError), errors_in_one_sentence():
        ChannelStatistics(eps=0)


def test_a_training_that_diverged_has_an_exit_code_of_its_own(capsys):
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        raise Diverged('loss is nan in iteration 1')
    assert stop.value.code == 3
    assert capsys.readouterr().err == 'error: loss is nan in iteration 1\n'


def test_a_bug_shows_its_traceback_and_asks_for_a_report(capsys):
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        at_least('no number')('1')
    said = capsys.readouterr().err
    assert stop.value.code == 1
    assert said.startswith('Traceback') and "'<' not supported between" in said
    assert said.splitlines()[-1] == 'this is a bug of advbn_seg: please report it with the lines above'


def test_an_error_in_a_file_of_the_users_own_names_the_file(capsys):
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        torch.ones(2).view('x')
    assert stop.value.code == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith('Traceback')
    assert re.fullmatch(rf'the error comes from {re.escape(__file__)}, line \d+, which is not of .*', said[-1])


class Broken(Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return index.no_such_attribute


@pytest.mark.parametrize('workers', [0, 1])
def test_an_error_in_a_data_set_of_the_users_own(capsys, workers):
    with pytest.raises(SystemExit), errors_in_one_sentence():
        next(iter(DataLoader(Broken(), num_workers=workers)))
    assert f'the error comes from {__file__}, line ' in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize('todo, said', [(None, 'Stopped.\n'), ('Go on by --resume.', 'Stopped. Go on by --resume.\n')])
def test_ctrl_c_ends_in_one_sentence(capsys, todo, said):
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence(stopped=todo):
        raise KeyboardInterrupt
    assert stop.value.code == 130
    assert capsys.readouterr().err == said


def test_ctrl_c_is_told_from_what_others_make_of_it(capsys, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr('yapf.yapflib.yapf_api.FormatCode', interrupt)
    with pytest.raises(SyntaxError, match='Failed to format the config'):
        print(Config(dict(a=1)).pretty_text)
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        print(Config(dict(a=1)).pretty_text)
    assert stop.value.code == 130
    assert capsys.readouterr().err == 'Stopped.\n'


def test_a_reader_that_has_seen_enough_is_no_error():
    program = ('from advbn_seg.runtime.one_sentence import errors_in_one_sentence\n'
               'with errors_in_one_sentence():\n'
               '    while True: print("line", flush=True)')
    with subprocess.Popen([sys.executable, '-c', program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b''
    assert process.returncode == 128 + signal.SIGPIPE


def test_another_pipe_that_breaks_is_a_bug():
    program = ('from advbn_seg.runtime.one_sentence import errors_in_one_sentence\n'
               'with errors_in_one_sentence():\n'
               '    raise BrokenPipeError(32, "Broken pipe")')
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode in (1, 2) and 'Broken pipe' in done.stderr

import re
import subprocess
import sys
from pathlib import Path

import pytest

from advbn_seg.adversarial import ChannelStatistics
from advbn_seg.runtime.command_line import (
    check_checkpoint,
    errors_in_one_sentence,
    read_config,
    runner_arguments,
)

ROOT = Path(__file__).parents[2]


def config_of(*arguments):
    return read_config(runner_arguments('').parse_args(list(map(str, arguments))))


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'my_config.py'
    path.write_text("optim_wrapper = dict(optimizer=dict(lr=1))\ncustom_hooks = [dict(type='AdvBNHook', eps=0.5)]\n")
    return path


def test_work_dir_is_named_after_the_config(config):
    assert config_of(config).work_dir == 'work_dirs/my_config'
    assert config_of(config, '--work-dir', 'elsewhere').work_dir == 'elsewhere'


def test_overrides_reach_into_lists(config):
    cfg = config_of(config, '--cfg-options', 'optim_wrapper.optimizer.lr=0.5', 'custom_hooks.0.eps=0.1')
    assert cfg.optim_wrapper.optimizer.lr == 0.5 and cfg.custom_hooks[0].eps == 0.1


def test_missing_config():
    with pytest.raises(FileNotFoundError, match='config nowhere.py does not exist'):
        config_of('nowhere.py')


def test_missing_baseline_names_the_command_that_makes_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(FileNotFoundError, match='epoch_8.pth does not exist; train it first: '
                                                'python tools/train.py configs/mini_synthia_highway_dawn_baseline.py'):
        check_checkpoint('work_dirs/nowhere/mini_synthia_highway_dawn_baseline/epoch_8.pth')
    with pytest.raises(FileNotFoundError, match='checkpoint other/x.pth does not exist; give the path'):
        check_checkpoint('other/x.pth')


def test_remote_checkpoints_are_left_to_mmengine():
    check_checkpoint('torchvision://resnet50')
    check_checkpoint(None)


def test_errors_are_one_sentence(capsys, monkeypatch):
    monkeypatch.delenv('ADVBN_TRACEBACK', raising=False)
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        ChannelStatistics(eps=0)
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: eps must be positive, found 0\n'
    monkeypatch.setenv('ADVBN_TRACEBACK', '1')
    with pytest.raises(ValueError), errors_in_one_sentence():
        ChannelStatistics(eps=0)


def test_a_bug_shows_its_traceback_and_asks_for_a_report(capsys):
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        int('x')
    said = capsys.readouterr().err
    assert stop.value.code == 1
    assert said.startswith('Traceback') and "invalid literal for int() with base 10: 'x'" in said
    assert said.splitlines()[-1] == 'this is a bug of advbn_seg: please report it with the lines above'


@pytest.mark.slow
def test_train_without_its_baseline(tmp_path):
    done = subprocess.run([sys.executable, ROOT / 'tools/train.py', ROOT / 'configs/camvid_day_advbn.py'],
                          cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert 'error: checkpoint work_dirs/camvid_day_baseline/epoch_8.pth does not exist' in done.stderr
    assert 'Traceback' not in done.stderr and not list(tmp_path.iterdir())


@pytest.mark.slow
def test_train_without_its_data(tmp_path):
    config = ROOT / 'configs/mini_synthia_highway_dawn_baseline.py'
    done = subprocess.run([sys.executable, ROOT / 'tools/train.py', config],
                          cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert 'data/mini_synthia' in done.stderr and 'tools/make_mini_synthia.py' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.slow
def test_experiments_do_not_start_from_a_baseline_that_is_not_there(tmp_path):
    command = [sys.executable, ROOT / 'tools/run_experiments.py', 'camvid', '--sources', 'day', '--methods', 'advbn',
               '--seeds', '0']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert 'starts from camvid_day_baseline with seed 0, which is not trained: add baseline to --methods' in done.stderr
    assert not list(tmp_path.iterdir())


def test_ctrl_c_ends_in_one_sentence(capsys):
    with pytest.raises(SystemExit) as stop, errors_in_one_sentence():
        raise KeyboardInterrupt
    assert stop.value.code == 130
    assert capsys.readouterr().err == 'Stopped. Run the same command again to go on.\n'


@pytest.mark.parametrize('tool', sorted(path.name for path in (ROOT / 'tools').glob('*.py')))
def test_every_tool_ends_in_one_sentence(tool):
    text = (ROOT / 'tools' / tool).read_text()
    if 'from advbn_seg.reports.command_line import evaluate' in text:  # which both evaluations go through
        text = (ROOT / 'advbn_seg/reports/command_line.py').read_text()
    assert re.search(r'^ +with .*errors_in_one_sentence\(.*\):$', text, re.MULTILINE)

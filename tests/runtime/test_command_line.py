import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from advbn_seg.commands import parser_of
from advbn_seg.errors import UserError
from advbn_seg.runtime.command_line import check_checkpoint, read_config
from advbn_seg.runtime.mixed_precision import mixed
from tests import tiny

ROOT = Path(__file__).parents[2]


def config_of(*arguments):
    return read_config(parser_of('train').parse_args(list(map(str, arguments))))


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


def test_a_work_dir_that_is_a_file(config):
    with pytest.raises(UserError, match='my_config.py is a file, where a folder was expected'):
        config_of(config, '--work-dir', config)


def test_missing_config():
    with pytest.raises(FileNotFoundError, match='config nowhere.py does not exist'):
        config_of('nowhere.py')


def test_missing_baseline_names_the_command_that_makes_it():
    with pytest.raises(FileNotFoundError, match='epoch_8.pth does not exist; train it first: '
                                                'advbn-seg train mini_synthia_highway_dawn_baseline$'):
        check_checkpoint('work_dirs/nowhere/mini_synthia_highway_dawn_baseline/epoch_8.pth')
    with pytest.raises(FileNotFoundError, match='checkpoint other/x.pth does not exist; give the path'):
        check_checkpoint('other/x.pth')


def test_missing_baseline_may_be_that_of_an_experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained = Path('work_dirs/experiments/mini_synthia_nyc_spring_baseline/seed0/epoch_8.pth')
    trained.parent.mkdir(parents=True)
    trained.touch()
    with pytest.raises(FileNotFoundError, match=f'or take that of an experiment: --cfg-options load_from={trained}$'):
        check_checkpoint('work_dirs/mini_synthia_nyc_spring_baseline/epoch_8.pth')


def test_remote_checkpoints_are_left_to_mmengine():
    check_checkpoint('torchvision://resnet50')
    check_checkpoint(None)


def test_a_checkpoint_is_a_path():
    with pytest.raises(UserError, match=r"the path of a file, found \['a', 'b.pth'\]: in --cfg-options a comma makes"):
        check_checkpoint(['a', 'b.pth'])


def test_a_run_that_goes_on_does_not_need_its_baseline(tmp_path, call):
    hook = dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', num_steps=1)
    cfg = tiny.config(tmp_path / 'run', hooks=[hook], load_from=f'{tmp_path}/baseline.pth')
    tiny.runner(tmp_path / 'baseline', epochs=1).train()
    (tmp_path / 'baseline/epoch_1.pth').rename(tmp_path / 'baseline.pth')
    cfg.dump(tmp_path / 'own.py')
    code, _, said = call('train.py', tmp_path / 'own.py', '--cfg-options', 'train_cfg.max_epochs=1')
    assert code == 0, said
    (tmp_path / 'baseline.pth').unlink()
    assert call('train.py', tmp_path / 'own.py')[0] == 2
    code, _, said = call('train.py', tmp_path / 'own.py', '--resume')
    assert code == 0 and (tmp_path / 'run/epoch_2.pth').is_file(), said


def test_a_config_may_ask_to_resume(tmp_path, call):
    tiny.config(tmp_path / 'run').dump(tmp_path / 'own.py')
    code, _, said = call('train.py', tmp_path / 'own.py', '--cfg-options', 'train_cfg.max_epochs=1')
    assert code == 0, said
    (tmp_path / 'run/epoch_1.pth').rename(tmp_path / 'run/first.pth')
    (tmp_path / 'run/last_checkpoint').write_text(f'{tmp_path}/run/first.pth')
    code, _, said = call('train.py', tmp_path / 'own.py', '--cfg-options', 'resume=True')
    assert code == 0 and (tmp_path / 'run/epoch_2.pth').is_file(), said
    assert not (tmp_path / 'run/epoch_1.pth').exists()


def test_mixed_precision_of_a_config_that_has_it_for_gpus(tmp_path, call):
    wrapper = dict(type='AmpOptimWrapper', loss_scale='dynamic', use_fsdp=False, optimizer=dict(type='SGD', lr=0.1))
    tiny.config(tmp_path / 'run', epochs=1, optim_wrapper=wrapper).dump(tmp_path / 'own.py')
    with patch('advbn_seg.runtime.mixed_precision.get_device', lambda: 'cpu'):
        code, _, said = call('train.py', tmp_path / 'own.py', '--amp')
    assert code == 0, said
    with patch('advbn_seg.runtime.mixed_precision.get_device', lambda: 'cuda'):
        assert mixed(wrapper) == wrapper
        assert mixed(dict(optimizer={})) == dict(type='AmpOptimWrapper', loss_scale='dynamic', optimizer={})


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
    assert 'data/mini_synthia' in done.stderr and 'advbn-seg make-mini-synthia' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.slow
def test_experiments_do_not_start_from_a_baseline_that_is_not_there(tmp_path):
    command = [sys.executable, ROOT / 'tools/run_experiments.py', 'camvid', '--sources', 'day', '--methods', 'advbn',
               '--seeds', '0']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert 'starts from camvid_day_baseline with seed 0, which is not trained: add baseline to --methods' in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_checkpoint(tmp_path):
    with pytest.raises(UserError, match='is a folder: give the file in it, such as .*epoch_N.pth'):
        check_checkpoint(tmp_path)

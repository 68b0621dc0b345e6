"""The configs by name, and copies of them."""
from pathlib import Path

import pytest
from mmengine.config import Config

from advbn_seg import config_files
from advbn_seg.commands import parser_of
from advbn_seg.errors import UserError
from advbn_seg.experiments.plan import Benchmarks

ROOT = Path(__file__).parents[1]


def test_a_clone_has_them_by_a_link():
    assert config_files.CONFIGS == ROOT / 'configs'


def test_names_are_those_of_complete_configs():
    names = config_files.names()
    assert {'mini_synthia_highway_dawn_advbn', 'imagenet/resnet50', 'held_out/mini_synthia_corruptions'} <= set(names)
    assert not [name for name in names if '_base_' in name or name.startswith('methods')]
    assert {'advbn', 'finetune', 'dsu'} <= set(config_files.methods())


def test_benchmarks_are_those_that_the_configs_say():
    assert config_files.benchmarks() == sorted(Benchmarks(config_files.CONFIGS).sources)


def test_a_benchmark_may_be_written_as_python_allows(tmp_path, monkeypatch):
    monkeypatch.setattr(config_files, 'CONFIGS', tmp_path)
    for index, line in enumerate(('benchmark = "roads"', "benchmark='day-night'", "benchmark = 'town'  # ours")):
        (tmp_path / f'{index}_baseline.py').write_text(line)
    assert config_files.benchmarks() == ['day-night', 'roads', 'town']


@pytest.mark.parametrize('name', ['imagenet/resnet50', 'imagenet/resnet50.py', 'configs/imagenet/resnet50.py'])
def test_find(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert config_files.find(name) == str(ROOT / 'configs/imagenet/resnet50.py')
    (tmp_path / 'imagenet').mkdir()
    (tmp_path / 'imagenet/resnet50.py').touch()
    if name == 'imagenet/resnet50.py':  # a file of the user's comes first
        assert config_files.find(name) == name
    assert config_files.find('nowhere.py') == 'nowhere.py'


def test_a_work_dir_that_is_called_as_its_config_is_a_run_and_hides_no_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'camvid_day_baseline').mkdir()
    config = parser_of('train').parse_args(['camvid_day_baseline']).config
    assert config == str(ROOT / 'configs/camvid_day_baseline.py')
    assert parser_of('matrix').parse_args(['camvid_day_baseline']).runs == ['camvid_day_baseline']
    assert config_files.find_run('imagenet/resnet50') == str(ROOT / 'configs/imagenet/resnet50.py')


def test_name_of_is_what_find_takes(monkeypatch):
    monkeypatch.chdir(ROOT / 'tests')
    assert config_files.name_of(ROOT / 'configs/imagenet/resnet50.py') == 'imagenet/resnet50'
    assert config_files.name_of(ROOT / 'tests/own.py') == 'own.py'


@pytest.mark.parametrize('name', ['mini_synthia_highway_dawn_advbn', 'imagenet/resnet50_augmix_advbn'])
def test_a_copy_is_complete_and_reads_the_same(name, tmp_path):
    config, *bases = config_files.copy(name, tmp_path)
    assert config == tmp_path / f'{name}.py' and len(bases) >= 3
    same = Config.fromfile(config_files.find(name)).to_dict()
    assert Config.fromfile(config).to_dict() == same
    assert config_files.copy(name, tmp_path) == [config, *bases]  # nothing has changed


def test_a_path_that_a_shell_completes_is_copied_too(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    config, *_ = config_files.copy('configs/camvid_day_baseline.py', tmp_path)
    assert config == tmp_path / 'camvid_day_baseline.py' and config.is_file()


def test_a_copy_overwrites_nothing(tmp_path):
    (tmp_path / 'methods').mkdir()
    (tmp_path / 'methods/advbn.py').write_text('mine = True')
    with pytest.raises(UserError, match='methods/advbn.py is there already'):
        config_files.copy('mini_synthia_highway_dawn_advbn', tmp_path)
    assert [path.name for path in tmp_path.rglob('*.py')] == ['advbn.py']


def test_a_name_that_there_is_not(tmp_path):
    with pytest.raises(UserError, match="no config 'mini_synthia_highway_dawn_avdbn': did you mean .*dawn_advbn; "):
        config_files.copy('mini_synthia_highway_dawn_avdbn', tmp_path)

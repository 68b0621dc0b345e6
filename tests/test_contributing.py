"""The recipes of CONTRIBUTING.md, followed to the letter in folders of their own."""
import re
import shutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from PIL import Image

import advbn_seg.datasets
import advbn_seg.perturbations
from advbn_seg.evaluation.runs import Run
from advbn_seg.evaluation.segmentation.domains import source_domain, target_domains
from advbn_seg.experiments.methods import with_method
from advbn_seg.experiments.plan import Benchmarks
from advbn_seg.hooks import PerturbationHook
from advbn_seg.runtime.configs import config_from_file

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / 'CONTRIBUTING.md').read_text()
BLOCKS = {path: code for path, code in re.findall(r'```python\n# (\S+)\n(.*?)```', TEXT, re.S)}


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """A clone's configs and rooms with the files of both recipes beside those that there are."""
    shutil.copytree(ROOT / 'configs', tmp_path / 'configs')
    for path, code in BLOCKS.items():
        assert not (ROOT / path).exists(), f'{path} is there: take another name for the example'
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(code)
    for room in (advbn_seg.perturbations, advbn_seg.datasets):
        place = tmp_path / room.__name__.replace('.', '/')
        monkeypatch.setattr(room, '__path__', [*room.__path__, str(place)])
    return tmp_path


def test_a_method(recipe):
    scope = {}
    exec(BLOCKS['tests/perturbations/test_brightness.py'], scope)
    scope['test_the_formula']()
    cfg = with_method(recipe / 'configs/mini_synthia_highway_dawn_baseline.py', 'brightness')
    hook, = cfg.custom_hooks
    assert cfg.method == 'brightness' and cfg.titles == dict(brightness='Brightness') and cfg.train_cfg.max_epochs == 11
    assert hook.pop('type') == 'PerturbationHook'
    assert repr(PerturbationHook(**hook).perturbation) == 'Brightness(std=0.5)'


def test_a_data_set(recipe):
    for weather, count in (('sun', 3), ('rain', 2)):
        for kind in ('images', 'labels'):
            folder = recipe / f'data/roads/{kind}/{weather}'
            folder.mkdir(parents=True)
            for index in range(count):
                Image.fromarray(np.full((8, 8, 3) if kind == 'images' else (8, 8), index % 2, np.uint8)).save(
                    folder / f'{index}.png')
    import_module('advbn_seg.datasets.roads')
    init_default_scope('mmseg')
    path = recipe / 'configs/roads_sun_baseline.py'
    assert Benchmarks(recipe / 'configs').sources['roads'] == dict(sun=path)
    cfg = config_from_file(path)
    cfg.test_dataloader.dataset.data_root = str(recipe / 'data/roads')
    run = Run(path, cfg, path, '', 'main', str(path))
    assert source_domain(run) == 'roads/sun'
    assert [(each.name, len(DATASETS.build(dict(cfg.test_dataloader.dataset, **each.dataset))))
            for each in target_domains(run)] == [('roads/sun', 3), ('roads/rain', 2)]
    assert with_method(path, 'advbn').load_from == 'work_dirs/roads_sun_baseline/epoch_8.pth'


def test_lines_are_no_longer_than_ours():
    assert max(map(len, TEXT.splitlines())) <= 120

"""The data set bases of configs/: they build, feed their pipelines, and change source by one line."""
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS

from advbn_seg.datasets import write_splits
from tests.datasets.labelmefacade_files import write_photograph
from tests.datasets.synthia_files import write_frame, write_png

BASES = Path(__file__).parents[2] / 'configs' / '_base_' / 'datasets'
pytestmark = pytest.mark.usefixtures('mmseg_scope')


def build(config, root):
    """Data sets of a config by loader, with the data root moved."""
    loaders = ('train', 'val', 'test')
    parts = {name: dict(config[f'{name}_dataloader']['dataset'], data_root=root) for name in loaders}
    return {name: DATASETS.build(part) for name, part in parts.items()}


def inherit(tmp_path, base, text):
    (tmp_path / 'config.py').write_text(f'_base_ = {str(BASES / base)!r}\n{text}')
    return Config.fromfile(tmp_path / 'config.py')


@pytest.mark.slow
@pytest.mark.parametrize('base, size, crop', [
    ('synthia.py', (76, 128), (512, 512)), ('mini_synthia.py', (96, 160), (96, 160))])
def test_synthia_bases(tmp_path, base, size, crop):
    ids = np.random.default_rng(0).integers(1, 13, size)
    for name in ('SYNTHIA-SEQS-01-DAWN', 'SYNTHIA-SEQS-02-SPRING'):
        for index in range(3):
            write_frame(tmp_path / name, f'{index:06d}', ids)
    write_splits(tmp_path, 2, 1)
    default = build(Config.fromfile(BASES / base), tmp_path)
    assert {part.metainfo['domain'] for part in default.values()} == {'highway/dawn'}
    assert [len(part) for part in default.values()] == [2, 1, 1]
    sample = default['train'][0]
    assert sample['inputs'].shape[1:] == sample['data_samples'].gt_sem_seg.shape == crop
    assert default['val'][0]['inputs'].shape[1:] == size

    moved = build(inherit(tmp_path, base, '''
source = dict(dataset=dict(scene='nyc', condition='spring'))
train_dataloader = val_dataloader = test_dataloader = source
'''), tmp_path)
    assert {part.metainfo['domain'] for part in moved.values()} == {'nyc/spring'}
    assert [len(part) for part in moved.values()] == [2, 1, 1]


@pytest.mark.slow
def test_camvid_base(tmp_path):
    for sequence, time, frames in (('0006R0', 'day', 4), ('0016E5', 'day', 2), ('Seq05VD', 'day', 3),
                                   ('0001TP', 'dusk', 70)):
        for index in range(frames):
            stem = f'{sequence}_{index:05d}'
            write_png(tmp_path / 'images' / time / f'{stem}.jpg', np.zeros((36, 48, 3), np.uint8))
            write_png(tmp_path / 'labels' / time / f'{stem}.png', np.ones((36, 48), np.uint8))
    day = build(Config.fromfile(BASES / 'camvid.py'), tmp_path)
    assert {name: (part.metainfo['domain'], len(part)) for name, part in day.items()} == dict(
        train=('camvid/day', 3), val=('camvid/day', 1), test=('camvid/dusk', 70))
    for name, labels in (('train', (144, 192)), ('test', (36, 48))):
        sample = day[name][0]
        assert sample['inputs'].shape[1:] == (144, 192)
        assert sample['data_samples'].gt_sem_seg.shape == labels

    dusk = build(inherit(tmp_path, 'camvid.py', '''
train_dataloader = dict(dataset=dict(sequences=['0001TP'], frames=':62'))
val_dataloader = dict(dataset=dict(sequences=['0001TP'], frames='62:'))
test_dataloader = dict(dataset=dict(sequences=['Seq05VD']))
'''), tmp_path)
    assert {name: (part.metainfo['domain'], len(part)) for name, part in dusk.items()} == dict(
        train=('camvid/dusk', 62), val=('camvid/dusk', 8), test=('camvid/day', 3))


@pytest.mark.slow
def test_full_camvid_frames_are_one_override_away(tmp_path):
    config = Config.fromfile(BASES / 'camvid.py')
    overrides = {f'{name}_dataloader.dataset.pipeline.{index}.scale': [480, 360]
                 for name, index in (('train', 2), ('val', 1), ('test', 1))}
    config.merge_from_dict(overrides)
    write_png(tmp_path / 'train' / '0006R0_1.png', np.zeros((36, 48, 3), np.uint8))
    write_png(tmp_path / 'trainannot' / '0006R0_1.png', np.ones((36, 48), np.uint8))
    part = dict(config.train_dataloader.dataset, data_root=tmp_path, sequences=['0006R0'])
    assert DATASETS.build(part)[0]['inputs'].shape[1:] == (360, 480)


def test_large_camvid_differs_from_camvid_in_its_size_only():
    small, large = (Config.fromfile(BASES / f'{name}.py').to_dict() for name in ('camvid', 'camvid_large'))
    assert {key for key in small if small[key] != large[key]} == {
        'benchmark', 'scale', 'train_dataloader', 'val_dataloader', 'test_dataloader', 'photometric'}
    for name in ('train', 'val', 'test'):
        one, two = (each[f'{name}_dataloader']['dataset'] for each in (small, large))
        before, after = one.pop('pipeline'), two.pop('pipeline')
        assert one == two
        assert [{**step, 'scale': None} for step in before] == [{**step, 'scale': None} for step in after]
        assert [step['scale'] for step in after if step['type'] == 'Resize'] == [(320, 240)]
    assert {'type': 'PhotoMetricDistortion'} in large['photometric']['train_dataloader']['dataset']['pipeline']


@pytest.fixture
def streets(tmp_path):
    """Eight photographs of each place of LabelMeFacade and a few CamVid frames, all small."""
    for place in ('boston', 'palma', 'cambridge_uk', 'london', 'madrid', 'paris'):
        for index in range(8):
            write_photograph(tmp_path, f'static_{place}__img_{index}', size=(48, 64) if index else (64, 48))
    for sequence, time in (('0006R0', 'day'), ('0016E5', 'day'), ('Seq05VD', 'day'), ('0001TP', 'dusk')):
        for index in range(4):
            stem = f'{sequence}_{index:05d}'
            write_png(tmp_path / 'images' / time / f'{stem}.jpg', np.zeros((36, 48, 3), np.uint8))
            write_png(tmp_path / 'labels' / time / f'{stem}.png', np.full((36, 48), 5, np.uint8))  # trees
    return tmp_path


@pytest.mark.slow
def test_labelmefacade_base(streets):
    cfg = Config.fromfile(BASES / 'labelmefacade.py')
    parts = build(cfg, streets)
    assert {name: (part.metainfo['domain'], len(part)) for name, part in parts.items()} == dict(
        train=('labelmefacade/boston', 6), val=('labelmefacade/boston', 2), test=('labelmefacade/cambridge_uk', 8))
    for index in range(6):  # upright ones too
        sample = parts['train'][index]
        assert sample['inputs'].shape[1:] == sample['data_samples'].gt_sem_seg.shape == (192, 192)
    upright, wide = parts['test'][0], parts['test'][1]
    assert (upright['inputs'].shape[1:], wide['inputs'].shape[1:]) == ((256, 192), (192, 256))
    assert (upright['data_samples'].gt_sem_seg.shape, wide['data_samples'].gt_sem_seg.shape) == ((64, 48), (48, 64))
    capitals = next(domain.dataset for domain in cfg.domains if domain.name == 'capitals')
    assert len(DATASETS.build({**cfg.test_dataloader.dataset, **capitals, 'data_root': streets})) == 24


@pytest.mark.slow
def test_streets_have_one_set_of_classes(streets):
    cfg = Config.fromfile(BASES / 'streets.py')
    found = {}
    for domain in cfg.domains:
        part, = domain.dataset.datasets
        part.data_root = str(streets)
        dataset = DATASETS.build({**cfg.test_dataloader.dataset, **domain.dataset})
        assert dataset.metainfo['classes'] == ('building', 'car', 'pavement', 'road', 'sky', 'vegetation')
        found[domain.name] = set(dataset[0]['data_samples'].gt_sem_seg.data.unique().tolist())
        assert min(dataset[0]['inputs'].shape[1:]) == 192
    assert found == {'camvid/day': {5}, 'camvid/dusk': {5}, 'labelmefacade': {0, 1, 5, 255}}
    for name, number in (('camvid_train', 4), ('labelmefacade_train', 12)):
        part = DATASETS.build(dict(cfg[name], data_root=streets))
        assert len(part) == number and part[0]['inputs'].shape[1:] == (192, 192)

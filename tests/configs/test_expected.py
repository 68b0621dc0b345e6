"""What configs expect of a run is what results/ holds: the mean over seeds, and a tolerance from their deviations."""
from pathlib import Path

import pytest
from mmengine.config import Config

from advbn_seg.evaluation.segmentation import CrossDomainMatrix

ROOT = Path(__file__).parents[2]
EXPECTING = {path.stem: cfg for path in sorted((ROOT / 'configs').rglob('mini_synthia_*_*.py'))
             if 'unseen' in (cfg := Config.fromfile(path, import_custom_modules=False)).get('expected', {})}


@pytest.fixture(scope='module')
def unseen():
    """{(source, method): values of the seeds} of the stored matrices."""
    found = {}
    for name in ('mini_synthia_cheaper', 'mini_synthia'):
        frame = CrossDomainMatrix.load(ROOT / 'results' / name / 'matrix.json').frame()
        frame = frame[frame.branch == 'main']
        found.update(frame.groupby(['source', 'method']).unseen.agg(list).to_dict())
    return found


@pytest.mark.parametrize('name', EXPECTING)
def test_expected_is_the_stored_mean(unseen, name):
    cfg = EXPECTING[name]
    dataset = cfg.train_dataloader.dataset
    values = unseen[f'{dataset.scene}/{dataset.condition}', cfg.method]
    assert len(values) == 3
    assert cfg.expected.unseen == pytest.approx(sum(values) / 3, abs=0.006)
    assert all(abs(value - cfg.expected.unseen) <= cfg.expected.tolerance for value in values)


def test_tolerance_is_three_pooled_deviations(unseen):
    usual = {('_'.join(name.split('_')[2:4]).replace('_', '/'), cfg.method) for name, cfg in EXPECTING.items()
             if cfg.method in ('baseline', 'finetune', 'photometric', 'advbn', 'advbn_running', 'advbn_running_single')}
    assert len(usual) == 12
    squares = [(value - sum(unseen[key]) / 3) ** 2 for key in usual for value in unseen[key]]
    pooled = (sum(squares) / (2 * len(usual))) ** 0.5
    assert {cfg.expected.tolerance for cfg in EXPECTING.values()} == {round(3 * pooled, 2)}

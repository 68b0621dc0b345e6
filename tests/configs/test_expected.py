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
    frame = CrossDomainMatrix.load(ROOT / 'results' / 'mini_synthia' / 'matrix.json').frame()
    frame = frame[frame.branch == 'main']
    return frame.groupby(['source', 'method']).unseen.agg(list).to_dict()


@pytest.mark.parametrize('name', EXPECTING)
def test_expected_is_the_stored_mean(unseen, name):
    cfg = EXPECTING[name]
    dataset = cfg.train_dataloader.dataset
    values = unseen[f'{dataset.scene}/{dataset.condition}', cfg.method]
    assert len(values) == 3
    assert cfg.expected.unseen == pytest.approx(sum(values) / 3, abs=0.006)
    assert all(abs(value - cfg.expected.unseen) <= cfg.expected.tolerance for value in values)


def test_tolerance_is_three_pooled_deviations(unseen):
    rows = {('_'.join(name.split('_')[2:4]).replace('_', '/'), cfg.method) for name, cfg in EXPECTING.items()}
    assert len(rows) == 12
    squares = [(value - sum(unseen[key]) / 3) ** 2 for key in rows for value in unseen[key]]
    pooled = (sum(squares) / (2 * len(rows))) ** 0.5
    assert {cfg.expected.tolerance for cfg in EXPECTING.values()} == {round(3 * pooled, 2)}

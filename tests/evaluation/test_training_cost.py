"""Seconds and iterations as a work dir has them."""
import json
import math

import pytest

from advbn_seg.evaluation.fingerprint import checkpoint_fingerprint
from advbn_seg.evaluation.training_cost import Cost, training_cost


@pytest.fixture
def trained(tmp_path):
    """trained(name, seconds, iterations, start) -> the arguments of `training_cost`."""

    def make(name, seconds, iterations, start=None):
        folder = tmp_path / name
        for part, last in (('a', iterations // 2), ('b', iterations)):  # resumed once
            (folder / part / 'vis_data').mkdir(parents=True)
            lines = [dict(loss=1., iter=last - 10, step=last - 10), dict(loss=1., iter=last, step=last),
                     dict(mIoU=50., step=900)]
            text = '\n'.join(map(json.dumps, lines)) + '\n{"loss": 1., "it'
            (folder / part / 'vis_data' / 'scalars.json').write_text(text)
        (folder / 'last.pth').write_text(name)
        options = ['randomness.seed=0'] + ([f'load_from={start}'] if start else [])
        (folder / 'run.json').write_text(json.dumps(dict(seconds=seconds, options=options)))
        return folder, 'last.pth', checkpoint_fingerprint(folder / 'last.pth')

    return make


def test_a_fine_tuning_costs_what_it_starts_from_too(trained):
    folder, file, _ = baseline = trained('baseline', 600., 240)
    assert training_cost(*baseline) == Cost(600, 2.5)
    assert training_cost(*trained('finetune', 100., 80, folder / file)) == Cost(700, 1.25)


def test_weights_of_others_cost_nothing_and_a_start_that_is_gone_is_unknown(trained, tmp_path):
    (tmp_path / 'pretrained.pth').touch()
    assert training_cost(*trained('a', 100., 50, tmp_path / 'pretrained.pth')) == Cost(100, 2)
    cost = training_cost(*trained('b', 100., 50, tmp_path / 'gone.pth'))
    assert math.isnan(cost.total) and cost.step == 2


def test_what_is_not_known_is_nan(trained, tmp_path):
    folder, file, sha256 = trained('a', 100., 50)
    unknown = [training_cost(tmp_path / 'nowhere', file, sha256), training_cost(folder, file, 'a' * 64)]
    for text in ('[', '[]', '{"seconds": 0.0, "options": [3]}', '{"seconds": "x", "options": 3}'):
        (folder / 'run.json').write_text(text)
        unknown.append(training_cost(folder, file, sha256))
    unknown.append(training_cost('no\0file', file, sha256))
    assert all(math.isnan(cost.total) and math.isnan(cost.step) for cost in unknown)

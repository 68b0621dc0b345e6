"""The record of a run, and a training that diverges."""
import json
from pathlib import Path

import pytest

from tests import tiny


@pytest.mark.slow
def test_a_training_that_diverged_may_come_to_its_end_with_other_settings(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    tiny.config(tmp_path, epochs=1).dump('own.py')
    code, _, said = call('train.py', 'own.py', '--work-dir', 'run', '--cfg-options', 'optim_wrapper.optimizer.lr=1e30')
    assert code == 3 and 'in iteration' in said
    Path('run/run.json').write_text(json.dumps(dict(diverged=said, seconds=1.5)))  # as advbn-seg experiments does
    assert call('train.py', 'own.py', '--work-dir', 'run')[0] == 0
    assert json.loads(Path('run/run.json').read_text()) == dict(seconds=1.5)

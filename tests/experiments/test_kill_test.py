"""The kill test finds a training that loses something, and passes one that does not; both are made up here."""
import runpy
import sys

import pytest

from advbn_seg.errors import UserError
from advbn_seg.experiments.kill_test import empty, kill_test

pytestmark = pytest.mark.slow

TRAINING = '''
import json, os, sys, time
from pathlib import Path
import torch

work = Path(sys.argv[sys.argv.index('--work-dir') + 1])
checkpoint, part = work / 'last.pth', work / '.last.pth.part'
begin, total = 0, torch.zeros(())
if checkpoint.is_file() and RESUMES:
    state = torch.load(checkpoint)
    begin, total = state['step'], state['state_dict']['total']
log = work / f'{time.time_ns()}' / 'vis_data' / 'scalars.json'
log.parent.mkdir(parents=True)
for step in range(begin, 12):
    FAILS
    total = total * 2 + STEP
    with open(log, 'a') as file:
        file.write(json.dumps(dict(step=step, loss=float(total))) + '\\n')
    torch.save(dict(step=step + 1, state_dict=dict(total=total)), part)
    time.sleep(0.03)
    os.replace(part, checkpoint)
(work / 'last_checkpoint').write_text(str(checkpoint))
'''


@pytest.fixture
def outcome(tmp_path):
    def run(resumes=True, step='step', fails='pass'):
        text = TRAINING.replace('RESUMES', str(resumes)).replace('STEP', step).replace('FAILS', fails)
        (tmp_path / 'train.py').write_text(text)

        def train(words):
            sys.argv = ['train.py', *words]
            runpy.run_path(str(tmp_path / 'train.py'))

        return kill_test(train, tmp_path / 'work', kills=4, within=0.3)

    return run


def test_a_training_that_goes_on_exactly_is_not_lost(outcome):
    found = outcome()
    assert found.kills == 4 and found.saving > 0 and found.trainings >= 1
    assert (found.lost, found.differences) == (0, [])


def test_one_that_goes_on_otherwise_is(outcome):
    found = outcome(step='(step if begin == 0 else 5)')
    assert found.lost > 0
    assert any('state_dict, total differs' in line for line in found.differences)


def test_one_that_fails_by_itself_is_told(outcome):
    with pytest.raises(UserError, match=r'a training failed: error: no data \(exit code 1; see .*alone.log\)'):
        outcome(fails='os.write(2, b"error: no data"); sys.exit(1)')


def test_only_what_an_earlier_test_has_left_is_removed(tmp_path):
    (tmp_path / 'alone').mkdir()
    (tmp_path / 'alone.log').touch()
    (tmp_path / 'epoch_8.pth').touch()  # of somebody's training
    with pytest.raises(UserError, match='would be emptied, but holds epoch_8.pth, which is of no earlier test: name'):
        empty(tmp_path)
    (tmp_path / 'epoch_8.pth').unlink()
    empty(tmp_path)
    assert not list(tmp_path.iterdir())
    empty(tmp_path / 'new/folder')

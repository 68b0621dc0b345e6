import json

import pytest
import torch

from advbn_seg.experiments.compare_runs import differences


@pytest.fixture
def work_dir(tmp_path):
    def make(name, weight=1., losses=(1, 2), momentum=3., last=''):
        folder = tmp_path / name
        (folder / 'run/vis_data').mkdir(parents=True)
        torch.save(dict(meta=dict(time=name), state_dict=dict(weight=torch.tensor(weight)), param_schedulers=[{}],
                        optimizer=dict(state={0: dict(momentum=torch.tensor(momentum))})), folder / 'last.pth')
        (folder / 'last_checkpoint').write_text(str(folder / 'last.pth'))
        entries = [dict(loss=loss, step=step, time=hash(name)) for step, loss in enumerate(losses, 1)]
        (folder / 'run/vis_data/scalars.json').write_text(''.join(json.dumps(entry) + '\n' for entry in entries) + last)
        return folder

    return make


def test_times_and_a_line_cut_short_make_no_difference(work_dir):
    assert differences(work_dir('one'), work_dir('other', last='{"loss": 1.')) == []


@pytest.mark.parametrize('change, found', [
    (dict(weight=1.0000001), ['state_dict, weight differs']),
    (dict(momentum=0.), ['optimizer, state, 0, momentum differs']),
    (dict(losses=(1, 3)), ['log, train 2, 0, loss differs']),
    (dict(losses=(1,)), ['log has train 2 in one of them only'])])
def test_what_differs_is_named(work_dir, change, found):
    assert differences(work_dir('one'), work_dir('other', **change)) == found


def test_a_step_that_was_logged_twice_must_be_the_same(work_dir):
    assert differences(work_dir('one'), work_dir('same', last='{"loss": 2, "step": 2}\n')) == []
    assert differences(work_dir('two'), work_dir('other', last='{"loss": 3, "step": 2}\n')) == ['log, train 2 differs']

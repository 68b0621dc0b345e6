import json

import pytest

from advbn_seg.errors import UserError
from advbn_seg.reports.frontier import frontier, write_frontier

STEPS = [dict(num_steps=3, mode=mode, seconds=seconds)
         for mode, seconds in (('plain', [1., 9., 2.]), ('reference', [8.]), ('fast', [4.]), ('ours', [7.]))]
STRENGTHS = [dict(run='a run_of $x$', num_steps=m, mode=mode, strength=dict(training=[1.2, 0.1], eval=[0.9, 0.2]))
             for m, mode in ((3, 'fast'), (3, 'random draw'), (6, 'fast'))]


def test_a_point_has_cost_and_strength_of_one_mode_with_one_m():
    assert frontier(STEPS, STRENGTHS) == [dict(num_steps=3, mode='fast', network='a run_of $x$', plain_steps=2.,
                                               speedup=2., training=[1.2, 0.1], eval=[0.9, 0.2])]


def test_nothing_in_common_is_told():
    with pytest.raises(UserError, match='no mode is both among the times and among the strengths'):
        frontier(STEPS, STRENGTHS[1:])


def test_files(tmp_path):
    times, strengths = tmp_path / 'times.json', tmp_path / 'strengths.json'
    times.write_text(json.dumps(dict(rows=STEPS)))
    strengths.write_text(json.dumps(STRENGTHS))
    write_frontier(times, [strengths], tmp_path / 'v0.1')
    point, = json.loads((tmp_path / 'v0.1.json').read_text())
    assert point['plain_steps'] == 2
    assert (tmp_path / 'v0.1.png').read_bytes().startswith(b'\x89PNG')


def test_times_of_several_layers_are_not_mixed():
    with pytest.raises(UserError, match='the times have plain with m = 3 more than once, of several cases, layers'):
        frontier(STEPS + STEPS, STRENGTHS)


@pytest.mark.parametrize('swapped', [True, False])
def test_a_file_of_another_kind(tmp_path, swapped):
    times, strengths = tmp_path / 'times.json', tmp_path / 'strengths.json'
    times.write_text(json.dumps(dict(rows=STEPS)))
    strengths.write_text(json.dumps(STRENGTHS) if swapped else '{')
    files = (strengths, [times]) if swapped else (times, [strengths])
    with pytest.raises(UserError, match='strengths.json is not what advbn-seg benchmark(-strength)? writes'):
        write_frontier(*files, tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))

"""Curves come from mmengine's logs, joined where a training was resumed."""
import json

import pytest

from advbn_seg.evaluation.training_log import POINTS, read_record, training_curves


def log(folder, time, *lines):
    path = folder / time / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(line if isinstance(line, str) else json.dumps(line) for line in lines))


def step(step, epoch=None, **numbers):
    return dict(step=step, time=0.1, **numbers, **(dict(epoch=epoch) if epoch else {}))


def test_losses_over_epochs_and_the_validation(tmp_path):
    log(tmp_path, '1', step(2, 1, loss=3., **{'decode.loss_ce': 1., 'adv.decode.loss_ce': 1.5, 'adv.aux.loss_ce': .5,
                                              'adv.decode.acc_seg': 90.}),
        step(4, 1, loss=1.), step(1, mIoU=20., aAcc=70.), step(6, 2, loss=.5), step(8, 2, loss=.25), step(2, mIoU=30.))
    assert training_curves(tmp_path) == dict(
        unit='epoch', clean=[[.5, 1.], [1., 1.], [1.5, .5], [2., .25]], adversarial=[[.5, 2.]],
        validation=[[1., 20.], [2., 30.]])


def test_a_resumed_part_takes_the_place_of_what_was_lost(tmp_path):
    log(tmp_path, '1', step(10, 1, loss=9.), step(20, 2, loss=8.), step(30, 3, loss=7.), '{"step": 40, "lo')
    log(tmp_path, '2', step(30, 3, loss=6.), step(3, mIoU=40.))
    log(tmp_path, '3', dict(step=0, mIoU=99.))  # a test in the same folder
    curves = training_curves(tmp_path)
    assert curves['clean'] == [[1., 9.], [2., 8.], [3., 6.]] and curves['validation'] == [[3., 40.]]


def test_a_training_by_iterations_and_one_without_a_log(tmp_path):
    log(tmp_path / 'a', '1', step(10, loss=2.), step(20, loss=float('nan')), step(20, **{'accuracy/top1': 50.}))
    assert training_curves(tmp_path / 'a') == dict(
        unit='iteration', clean=[[10., 2.]], adversarial=[], validation=[[20., 50.]])
    assert training_curves(tmp_path / 'b') == {}


def test_long_curves_have_means_of_neighbours(tmp_path):
    log(tmp_path, '1', *(step(number, loss=float(number)) for number in range(1, 2 * POINTS + 1)))
    clean = training_curves(tmp_path)['clean']
    assert len(clean) == POINTS and clean[:2] == [[1.5, 1.5], [3.5, 3.5]]


@pytest.mark.parametrize('text', ['', '[1]', '{"a": '])
def test_a_damaged_record_is_none(tmp_path, text):
    (tmp_path / 'run.json').write_text(text)
    assert read_record(tmp_path / 'run.json') == {} == read_record(tmp_path / 'no.json')

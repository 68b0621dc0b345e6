"""Sweeps: what the words mean, which hook they change, and what is recorded of the trainings."""
import json
from pathlib import Path

import pytest
from mmengine.config import Config

from advbn_seg.errors import UserError
from advbn_seg.evaluation.sweep import Sweep
from advbn_seg.experiments.plan import Run
from advbn_seg.experiments.sweeps import adversarial_loss, fitting, point_options, read_points, record_sweep

ADVBN = Config(dict(custom_hooks=[dict(type='EMAHook'), dict(type='advbn_seg.hooks.AdvBNHook', eps=0.5)]))
CONTROL = Config(dict(custom_hooks=[dict(type='advbn_seg.hooks.FrozenPrefixHook')]))


def test_values_at_the_same_place_go_together():
    assert read_points(['num_steps=1,3', 'eps=.1,0.5', 'layer=layer1,x.1']) == [
        (('num_steps', 1), ('eps', 0.1), ('layer', 'layer1')), (('num_steps', 3), ('eps', 0.5), ('layer', 'x.1'))]
    assert read_points([]) == []


@pytest.mark.parametrize('words, sentence', [
    (['num_steps'], '--sweep num_steps: ARGUMENT=VALUE,VALUE,... was expected'),
    (['eps=1', 'eps=2'], '--sweep eps=2: .* each argument once'),
    (['eps=1,2', 'num_steps=1'], 'values at the same place go together, but there are 2 of eps, 1 of num_steps')])
def test_other_words_are_refused(words, sentence):
    with pytest.raises(UserError, match=sentence):
        read_points(words)


def test_a_point_changes_the_first_hook_that_takes_its_arguments():
    assert point_options(ADVBN, (('num_steps', 6), ('eps', 1.1))) == ['custom_hooks.1.num_steps=6',
                                                                      'custom_hooks.1.eps=1.1']
    assert point_options(ADVBN, ()) == []
    points = [(('layer', 'backbone.layer2'),)]
    assert fitting(ADVBN, points) == fitting(CONTROL, points) == points  # a place has a control of its own
    assert fitting(CONTROL, [(('eps', 0.1),)]) == fitting(Config(), points) == [()]


def test_a_hook_takes_what_it_passes_on_too():
    assert point_options(ADVBN, (('attack_every', 2),)) == ['custom_hooks.1.attack_every=2']
    assert fitting(ADVBN, [(('trace', 1),)]) == [()]


def test_a_radius_alone_brings_half_of_it_as_step_size():
    assert point_options(ADVBN, (('eps', 0.2),)) == ['custom_hooks.1.eps=0.2', 'custom_hooks.1.step_size=0.1']
    assert len(point_options(ADVBN, (('eps', 0.2), ('step_size', 0.2)))) == 2


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A training at num_steps=3 and its baseline, in folders of their own, with logs of two epochs."""
    monkeypatch.chdir(tmp_path)
    runs = [Run('toy_blue_advbn', 'blue', 'advbn', 0, Path('c.py'), ADVBN, (('num_steps', 3),)),
            Run('toy_blue_baseline', 'blue', 'baseline', 0, Path('c.py'), Config())]
    for run, losses in zip(runs, ((5., 1., 2.), (None,) * 3)):
        log = run.folder / '20260101' / 'vis_data' / 'scalars.json'
        log.parent.mkdir(parents=True)
        log.write_text(''.join(json.dumps({'loss': 9., 'epoch': epoch, 'step': step, **(
            {'adv.decode.loss_ce': loss, 'adv.aux.loss_ce': 1., 'adv.acc': 50.} if loss else {})}) + '\n'
            for step, (epoch, loss) in enumerate(zip((1, 2, 2), losses), 1)) + json.dumps(dict(mIoU=1., step=2)) + '\n')
        (run.folder / 'run.json').write_text(json.dumps(dict(seconds=90.)))
    return runs


def test_the_adversarial_loss_is_that_of_the_last_epoch_over_all_heads(trained):
    assert adversarial_loss(trained[0].folder) == 2.5
    assert adversarial_loss(trained[1].folder) is None


def test_where_iterations_are_counted_the_last_one_logged_is_the_loss(trained):
    log = next(trained[0].folder.glob('*/vis_data/scalars.json'))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    log.write_text(''.join(json.dumps({key: value for key, value in line.items() if key != 'epoch'}) + '\n'
                           for line in lines))
    assert adversarial_loss(trained[0].folder) == 3.


def test_a_report_gathers_the_points_of_several_calls(trained, tmp_path):
    record_sweep(trained[1:], tmp_path)
    record_sweep(trained, tmp_path)
    baseline, point = sorted(Sweep.load(tmp_path).points, key=lambda each: len(each.values))
    assert (point.place, point.values) == ('work_dirs/experiments/toy_blue_advbn/seed0_num_steps3', {'num_steps': '3'})
    assert (point.seconds, point.adversarial_loss, baseline.values, baseline.adversarial_loss) == (90., 2.5, {}, None)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UserError, match=r'sweep.json is no sweep.json of this tool: .* give the folder of a report'):
        Sweep.load(tmp_path)

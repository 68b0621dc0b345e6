"""The cost of a training, told from a few of its steps."""
import pytest
import torch
from mmengine.runner import Runner

from advbn_seg.errors import UserError
from advbn_seg.experiments.benchmark.counters import counted_operations
from advbn_seg.experiments.forecast import Forecast, forecast, without_attack, without_weights
from advbn_seg.experiments.forecast_table import forecast_texts, gpu_seconds, write_forecasts
from advbn_seg.runtime.configs import config_from_file
from tests.tiny import config

ADVBN = dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', num_steps=4)


def long_config(folder, **changes):
    return config(folder, epochs=5, custom_imports=dict(imports=['advbn_seg.hooks']), **changes)


def test_an_attack_costs_its_passes_and_leaves_nothing(tmp_path):
    cfg = long_config(tmp_path / 'run', hooks=[ADVBN])
    told, plain = forecast(cfg), forecast(without_attack(cfg))
    assert told.steps == plain.steps == 10 and not (tmp_path / 'run').exists()
    assert 0 < plain.seconds < 60 and told.flops > 1.3 * plain.flops and told.memory > 0
    assert cfg.custom_hooks == [ADVBN] and cfg.get('load_from') is None


def test_an_attack_on_every_second_batch_counts_half(tmp_path):
    def flops(**changes):
        return forecast(config(tmp_path / 'run', epochs=8, custom_imports=dict(imports=['advbn_seg.hooks']),
                               hooks=[ADVBN | changes])).flops

    assert flops(attack_every=2) == (flops() + flops(num_steps=0)) // 2


def test_operations_are_those_of_a_forward_and_a_backward_pass(tmp_path):
    cfg = long_config(tmp_path)
    runner = Runner.from_cfg(config(tmp_path / 'counted'))
    batch = next(iter(runner.train_dataloader))
    with counted_operations() as counter:
        runner.model.train_step(batch, runner.build_optim_wrapper(dict(optimizer=dict(type='SGD', lr=0.1))))
    assert forecast(cfg).flops == counter.get_total_flops()


@pytest.mark.parametrize('groups', [1, 4, 8])
def test_a_grouped_convolution_costs_the_backward_pass_of_its_own_products(groups):
    layer, x = torch.nn.Conv2d(8, 8, 3, padding=1, groups=groups), torch.zeros(2, 8, 5, 7)
    forward = 2 * (2 * 8 * 5 * 7) * (8 // groups * 3 * 3)  # two for each product of an output
    for needs, passes in (False, 2), (True, 3):
        with counted_operations() as counter:
            layer(x.requires_grad_(needs)).sum().backward()
        assert counter.get_total_flops() == passes * forward


def test_a_training_of_few_steps(tmp_path):
    with pytest.raises(UserError, match='the training has only 4 steps, and its cost is told from 6: just run it'):
        forecast(config(tmp_path))


def test_weights_are_not_loaded_and_the_initialisation_stays():
    model = dict(init_cfg=dict(type='Pretrained', checkpoint='no.pth'), backbone=dict(pretrained='torchvision://no'),
                 heads=[dict(init_cfg=[dict(type='Pretrained', checkpoint='no')]), dict(init_cfg=dict(type='Normal'))])
    assert without_weights(model) == dict(backbone={}, heads=[{}, dict(init_cfg=dict(type='Normal'))])
    assert without_attack(config_from_file('configs/mini_synthia_highway_dawn_baseline.py')) is None


def test_the_rest_is_arithmetic():
    each = Forecast(steps=3600, seconds=2., flops=int(5.2e12), memory=2 ** 30)
    table, about = forecast_texts([('a', 3, '', each), ('b', 1, '', each)], jobs=2)
    assert about.startswith('In all 4.0 h here, 2 at a time; one after the other ')
    assert gpu_seconds(each, 'A100') == pytest.approx(3600 * 0.1)  # at a third of 156 TFLOP/s
    assert ', 24 min on an A100, ' in about  # four trainings
    assert [list(column.cells) for column in table.columns][1:4] == [['3', '1'], ['3600', '3600'], ['2', '2']]
    assert [*table.columns[6].cells] == ['4.0 h', '2.0 h']  # three trainings of two hours, two at a time


def test_more_processes_than_trainings_make_none_of_them_shorter():
    each = Forecast(steps=3600, seconds=2., flops=1, memory=1)
    rows = [('a_baseline', 1, '', each), ('a_finetune', 1, 'a_baseline', each)]
    table, about = forecast_texts(rows, jobs=8)
    assert about.startswith('In all 4.0 h here, 8 at a time; ')  # the second waits for the first
    assert [*table.columns[6].cells] == ['2.0 h', '2.0 h']


@pytest.mark.parametrize('reverse', [False, True])
def test_the_order_of_the_methods_does_not_matter(reverse):
    each = Forecast(steps=3600, seconds=2., flops=1, memory=1)
    rows = [('a_baseline', 1, '', each), ('a_finetune', 1, 'a_baseline', each)]
    assert forecast_texts(rows[::-1] if reverse else rows, jobs=8)[1].startswith('In all 4.0 h here')


def test_all_take_no_less_than_one_of_them():
    each = Forecast(steps=3600, seconds=2., flops=1, memory=1)
    table, about = forecast_texts([('a', 3, '', each)], jobs=2)
    assert [*table.columns[6].cells] == ['4.0 h'] and about.startswith('In all 4.0 h here')


def test_a_table_keeps_what_each_training_starts_from(tmp_path):
    rows = [('a_baseline', 3, '', Forecast(1200, .5, 148, 2 ** 30)),
            ('a_finetune', 3, 'a_baseline', Forecast(450, .25, 142, 2 ** 20))]
    write_forecasts(tmp_path / 'new/forecast.csv', rows)
    assert (tmp_path / 'new/forecast.csv').read_text().splitlines() == [
        'training,runs,starts from,steps,flops a step,bytes',
        'a_baseline,3,,1200,148,1073741824', 'a_finetune,3,a_baseline,450,142,1048576']

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from advbn_seg.adversarial import DualNorm
from advbn_seg.errors import UserError
from tests.tiny import runner

ADVPROP = dict(type='advbn_seg.hooks.AdvPropHook', num_steps=2, step_size=2, eps=4)


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    run = runner(tmp_path_factory.mktemp('advprop'), hooks=[ADVPROP])
    run.train()
    return run


def test_one_line_trains_a_stock_segmentor_on_adversarial_pixels(trained):
    lines = [json.loads(line) for path in Path(trained.work_dir).glob('*/vis_data/scalars.json')
             for line in path.read_text().splitlines()]
    steps = [line for line in lines if 'loss' in line]
    assert len(steps) == 4
    for step in steps:
        assert step['loss'] == pytest.approx(step['decode.loss_ce'] + step['aux.loss_ce'] + step['adv.decode.loss_ce']
                                             + step['adv.aux.loss_ce'], rel=1e-4)
        assert 0 < step['adv.shift_pixels'] <= 4


def test_all_norms_of_the_model_have_auxiliary_ones_that_train(trained):
    dual_norms = [module for module in trained.model.modules() if isinstance(module, DualNorm)]
    norms = [module for module in trained.model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert len(norms) == 2 * len(dual_norms) > 0
    assert all(not torch.equal(norm.main.weight, norm.aux.weight) for norm in dual_norms)
    assert all(parameter.requires_grad for parameter in trained.model.parameters())


def test_pixels_are_attacked_in_their_own_units(trained):
    """The tiny data preprocessor divides by 60, so an attack in normalised units would reach 240 pixel values."""
    hook, = (hook for hook in trained.hooks if type(hook).__name__ == 'AdvPropHook')
    image = torch.zeros(1, 3, 4, 4)
    delta = torch.full_like(image, 4)
    attacked, = hook.training.perturbation.apply((image,), delta)
    torch.testing.assert_close(attacked, delta / 60)


def test_pixels_of_a_model_that_normalises_elsewhere(tmp_path):
    hook = dict(type='advbn_seg.hooks.AdvPropHook', mean=[128.], std=[20.])
    run = runner(tmp_path, epochs=1, hooks=[hook])
    run.train()
    training, = (each.training for each in run.hooks if hasattr(each, 'training'))
    assert training.perturbation._std.flatten().tolist() == [20.]


def test_norms_that_mmengine_runs_past_their_auxiliary_ones(tmp_path):
    run = runner(tmp_path, epochs=1, hooks=[ADVPROP], efficient_conv_bn_eval='backbone')
    with pytest.raises(UserError, match='leave .* efficient_conv_bn_eval out'):
        run.train()


def test_norms_can_be_chosen_for_the_test(tmp_path, trained):
    checkpoint = f'{trained.work_dir}/epoch_2.pth'
    main = runner(tmp_path / 'main', hooks=[ADVPROP], load_from=checkpoint).test()
    aux = runner(tmp_path / 'aux', hooks=[dict(ADVPROP, norm_branch='aux')], load_from=checkpoint).test()
    assert main == runner(tmp_path / 'plain', load_from=checkpoint).test() != aux

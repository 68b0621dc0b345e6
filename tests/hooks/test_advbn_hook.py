import copy
import json
from pathlib import Path

import pytest
import torch
from mmengine.registry import DATASETS
from mmengine.runner import Runner
from torch import nn

from advbn_seg.adversarial import DualNorm
from advbn_seg.errors import UserError
from advbn_seg.hooks.adversarial_hook import _backward
from advbn_seg.runtime.compat.runner import unwrapped
from tests.tiny import Stripes, config, runner, segmentor

ADVBN = dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')


@DATASETS.register_module()
class StripesSeenOnce(Stripes):
    """Images with a single view for test-time augmentation."""

    def __getitem__(self, index):
        sample = super().__getitem__(index)
        sample['data_samples'].set_metainfo(dict(img_path=f'{index}.png'))
        return {name: [value] for name, value in sample.items()}


def scalars(run):
    """The training steps that were logged in a run's work dir, resumed ones included."""
    lines = [line for path in sorted(Path(run.work_dir).glob('*/vis_data/scalars.json'))
             for line in path.read_text().splitlines()]
    return [entry for entry in map(json.loads, lines) if 'loss' in entry]


@pytest.fixture(scope='module')
def baseline(tmp_path_factory):
    """The checkpoint of a plain training."""
    run = runner(tmp_path_factory.mktemp('baseline'), epochs=1)
    run.train()
    return f'{run.work_dir}/epoch_1.pth'


@pytest.fixture(scope='module')
def trained(tmp_path_factory, baseline):
    """An AdvBN training from it."""
    run = runner(tmp_path_factory.mktemp('advbn'), hooks=[ADVBN], load_from=baseline)
    run.train()
    return run


def state(path):
    return torch.load(path, weights_only=False)['state_dict']


def test_one_line_trains_a_stock_segmentor(trained, baseline):
    before, after = state(baseline), state(f'{trained.work_dir}/epoch_2.pth')
    assert set(before) <= set(after)
    prefix = [key for key in before if key.startswith(('backbone.conv1', 'backbone.bn1', 'backbone.layer1'))]
    assert len(prefix) > 10
    for key in prefix:
        assert torch.equal(before[key], after[key]), key
    for key in ('backbone.layer2.0.conv1.weight', 'decode_head.conv_seg.weight', 'auxiliary_head.conv_seg.weight'):
        assert not torch.equal(before[key], after[key]), key


def test_every_norm_after_the_layer_has_an_auxiliary_one_that_trains(trained):
    model = unwrapped(trained.model)
    for name, module in model.named_modules():
        if isinstance(module, DualNorm):
            assert not torch.equal(module.main.weight, module.aux.weight), name
            assert not torch.equal(module.main.running_mean, module.aux.running_mean), name
    dual_norms = {name for name, module in model.named_modules() if isinstance(module, DualNorm)}
    plain = {name for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)
             and not name.endswith(('.main', '.aux'))}
    suffix = ('backbone.layer2', 'backbone.layer3', 'decode_head', 'auxiliary_head')
    assert all(name.startswith(suffix) for name in dual_norms)
    assert {'decode_head.convs.0.bn', 'auxiliary_head.convs.0.bn'} <= dual_norms
    assert all(name.startswith(('backbone.bn1', 'backbone.layer1')) for name in plain)


def test_losses_and_moves_are_logged(trained):
    steps = scalars(trained)
    assert len(steps) == 4
    for step in steps:
        assert step['loss'] == pytest.approx(step['decode.loss_ce'] + step['aux.loss_ce'] + step['adv.decode.loss_ce']
                                             + step['adv.aux.loss_ce'], rel=1e-4)
        assert 0 < step['adv.shift_mean'] <= 0.5 and 0 < step['adv.shift_std'] <= 0.5


def test_a_resumed_run_goes_on_where_it_stopped(tmp_path, trained, baseline):
    runner(tmp_path, epochs=1, hooks=[ADVBN], load_from=baseline).train()
    resumed = runner(tmp_path, epochs=2, hooks=[ADVBN], load_from=baseline, resume=True)
    resumed.train()
    assert resumed.iter == trained.iter == 4
    assert [entry['step'] for entry in scalars(resumed)] == [1, 2, 3, 4]  # none twice: the second run did 3 and 4 only
    assert set(state(f'{tmp_path}/epoch_2.pth')) == set(state(f'{trained.work_dir}/epoch_2.pth'))
    for mine, theirs in zip(resumed.optim_wrapper.optimizer.param_groups, trained.optim_wrapper.optimizer.param_groups):
        assert len(mine['params']) == len(theirs['params'])
    assert len(resumed.optim_wrapper.optimizer.state) == len(trained.optim_wrapper.optimizer.state) > 0


def test_checkpoint_tests_alike_with_and_without_the_hook(tmp_path, trained):
    checkpoint = f'{trained.work_dir}/epoch_2.pth'
    with_hook = runner(tmp_path / 'a', hooks=[ADVBN], load_from=checkpoint).test()
    without = runner(tmp_path / 'b', load_from=checkpoint).test()
    auxiliary = runner(tmp_path / 'c', hooks=[dict(ADVBN, norm_branch='aux')], load_from=checkpoint)
    assert with_hook == without
    assert auxiliary.test() != with_hook
    assert all(norm.branch == 'main' for norm in auxiliary.model.modules() if isinstance(norm, DualNorm))


@pytest.mark.parametrize('branch', ['aux', 'auto'])
def test_a_checkpoint_without_auxiliary_norms_has_no_score_through_them(tmp_path, baseline, branch):
    run = runner(tmp_path, hooks=[dict(ADVBN, norm_branch=branch)], load_from=baseline)
    with pytest.raises(UserError, match=f"has no auxiliary norms for norm_branch='{branch}', as it was exported or tr"):
        run.test()


@pytest.mark.parametrize('hook', ['AdvBNHook', 'FrozenPrefixHook'])
def test_augmentation_in_the_test(tmp_path, trained, baseline, hook):
    """For which mmseg's tools wrap the model; a single view of each image scores as without."""
    checkpoint = f'{trained.work_dir}/epoch_2.pth' if hook == 'AdvBNHook' else baseline
    hooks = [dict(type=f'advbn_seg.hooks.{hook}', layer='backbone.layer1')]
    cfg = config(tmp_path / 'once', hooks=hooks, load_from=str(checkpoint))
    augmented = config(tmp_path / 'augmented', hooks=hooks, load_from=str(checkpoint))
    augmented.model = dict(type='SegTTAModel', module=augmented.model)
    augmented.test_dataloader.dataset = dict(type='StripesSeenOnce')
    assert Runner.from_cfg(augmented).test() == Runner.from_cfg(cfg).test()


def test_auxiliary_norms_get_the_options_of_their_main_norm(tmp_path):
    run = runner(tmp_path, hooks=[ADVBN], optim_wrapper=dict(
        optimizer=dict(type='SGD', lr=0.1, weight_decay=0.1), paramwise_cfg=dict(norm_decay_mult=0)))
    run.train()
    decay = {parameter: group['weight_decay'] for group in run.optim_wrapper.optimizer.param_groups
             for parameter in group['params']}
    dual_norms = [module for module in run.model.modules() if isinstance(module, DualNorm)]
    assert dual_norms and all(decay[norm.aux.weight] == decay[norm.main.weight] == 0 for norm in dual_norms)


def test_plain_run_and_running_statistics_without_auxiliary_norms(tmp_path, baseline):
    hook = dict(ADVBN, auxiliary=False, adversarial_statistics='running', step_size=0.1, eps=0.2)
    run = runner(tmp_path, epochs=1, hooks=[hook], load_from=baseline)
    run.train()
    before, after = state(baseline), state(f'{tmp_path}/epoch_1.pth')
    assert set(after) == set(before)
    assert not torch.equal(after['backbone.layer2.0.bn1.weight'], before['backbone.layer2.0.bn1.weight'])
    key = 'backbone.layer2.0.bn1.num_batches_tracked'
    assert after[key] == before[key] + 2  # of two clean passes, and no adversarial one


def test_group_norm(tmp_path):
    run = runner(tmp_path, epochs=1, model=segmentor('GN'), hooks=[ADVBN])
    run.train()
    norms = [module for module in run.model.modules() if isinstance(module, DualNorm)]
    assert len(norms) > 4 and all(isinstance(norm.main, nn.GroupNorm) for norm in norms)
    assert not any(torch.equal(norm.main.weight, norm.aux.weight) for norm in norms)


@pytest.mark.parametrize('options, message', [
    (dict(layer='backbone.layer9'), "layer 'backbone.layer9' is not a module of EncoderDecoder; close names: backbone"),
    (dict(layer=None), "no layer is named: name one in the hook, set perturbed_layer = 'backbone.layer1' in"),
    (dict(layer='data_preprocessor'), "layer 'data_preprocessor' did not run in the forward pass"),
    (dict(layer='backbone.layer1', num_steps=-1), 'num_steps must be a whole number of at least 0, found -1'),
    (dict(layer='decode_head.conv_seg'), None),
])
def test_what_cannot_serve_is_said(tmp_path, options, message):
    model = segmentor()
    if message is None:
        del model['auxiliary_head']
        message = "no parameters are left to train after layer 'decode_head.conv_seg'"
    run = runner(tmp_path, model=model, hooks=[dict(ADVBN, **options)])
    with pytest.raises(ValueError, match=message):
        run.train()


def test_unknown_norm_branch(tmp_path):
    with pytest.raises(ValueError, match="'main', 'aux' or 'auto', found 'both'"):
        runner(tmp_path, hooks=[dict(ADVBN, norm_branch='both')])


@pytest.mark.parametrize('options, message', [
    (dict(norm_branch='aux', auxiliary=False), "norm_branch='aux' needs the auxiliary norms"),
    (dict(stepsize=1), "AdvBNHook has no option 'stepsize': write one of step_size"),
    (dict(start='previous'), "AdvBNHook has no option 'start'"),
    (dict(trace=1), "AdvBNHook has no option 'trace'"),
    (dict(at_input=True), "AdvBNHook has no option 'at_input'"),
    (dict(perturbation=dict()), "AdvBNHook has no option 'perturbation'"),
    (dict(type='advbn_seg.hooks.AdvPropHook'), "AdvPropHook has no option 'layer'"),
    (dict(layers='backbone.layer1'), "AdvBNHook has no option 'layers': write one of layer,"),
    (dict(later=['backbone.layer2']), "AdvBNHook has no option 'later'"),
])
def test_options_that_contradict_each_other(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        runner(tmp_path, hooks=[{**ADVBN, **options}])


def test_the_model_can_be_copied_after_training(trained):
    copy.deepcopy(trained.model)
    assert 'forward' not in vars(trained.model)


def test_what_was_attached_is_logged_once_and_a_missing_baseline_is_told(tmp_path, baseline):
    def log(name, **changes):
        run = runner(tmp_path / name, epochs=1, hooks=[ADVBN], log_level='INFO', **changes)
        run.train()
        path, = (tmp_path / name).glob('*/*.log')
        return path.read_text()

    fine, scratch = log('fine', load_from=baseline), log('scratch')
    for text in (fine, scratch):
        assert text.count('AdvBN at backbone.layer1: froze ') == 1
    assert 'No checkpoint was loaded' not in fine
    assert 'so what runs up to backbone.layer1 stays as it was initialised: name your baseline in load_from' in scratch


@pytest.mark.parametrize('train_prefix', [False, True])
def test_the_fast_preset(tmp_path, baseline, train_prefix):
    hook = dict(ADVBN, num_steps=1, step_size=0.5, per_image=True, fast=True, train_prefix=train_prefix)
    run = runner(tmp_path, hooks=[hook], epochs=1, load_from=baseline)
    run.train()
    attached, = [each for each in run.hooks if type(each).__name__ == 'AdvBNHook']
    assert bool(attached.clean_first) == (not train_prefix)  # the prefix's graph is needed by both losses
    for entry in scalars(run):
        assert 0.45 < entry['adv.shift_mean'] <= 0.5 and 0.45 < entry['adv.shift_std'] <= 0.5


def test_the_clean_loss_goes_first_by_default(tmp_path, baseline, monkeypatch):
    """Where the prefix is frozen: the weights are the same to the last digit."""
    freed = []
    monkeypatch.setattr('advbn_seg.hooks.adversarial_hook._backward', lambda wrapper, loss: (
        freed.append(float(loss)), _backward(wrapper, loss)))
    ends = {}
    for name, options in dict(default={}, late=dict(clean_first=False), prefix=dict(train_prefix=True)).items():
        freed.clear()
        run = runner(tmp_path / name, hooks=[dict(ADVBN, **options)], epochs=1, load_from=baseline)
        run.train()
        assert len(freed) == (run.iter if name == 'default' else 0)
        ends[name] = run.model.state_dict()
    assert all(torch.equal(value, ends['late'][key]) for key, value in ends['default'].items())

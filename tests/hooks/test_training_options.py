"""What a config may ask of a training beside AdvBN: each does what it does without."""
from functools import partial

import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.optim.optimizer import amp_optimizer_wrapper
from mmengine.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.runner import amp
from mmseg.models import EncoderDecoder
from torch import nn

from advbn_seg.adversarial import DualNorm
from advbn_seg.errors import UserError
from advbn_seg.experiments.forecast import forecast
from advbn_seg.runtime import mixed_precision
from tests.tiny import config, runner, segmentor, trained

pytestmark = pytest.mark.slow

ADVBN = dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')
SGD = dict(type='SGD', lr=0.1)
NORM = 'backbone.layer2.0.bn2'


def advbn_run(work_dir, hooks=(), layer=ADVBN['layer'], **changes):
    """(Runner, Snapshots) of two AdvBN steps."""
    return trained(config(work_dir, epochs=1, hooks=[dict(ADVBN, layer=layer), *hooks], val_dataloader=None,
                          val_evaluator=None, val_cfg=None, **changes))


def advbn(run):
    return next(hook.training for hook in run.hooks if hasattr(hook, 'training'))


def moves(run, snapshots, start=0, end=-1):
    """How far each trained parameter went from one snapshot to another."""
    return {name: snapshots.states[end][key] - snapshots.states[start][key]
            for name, key in state_keys(run.model).items()}


def state_keys(model):
    """{name of a trained parameter: its key in the state dict}."""
    return {name: name.replace('.main.', '.') for name, parameter in model.named_parameters()
            if parameter.requires_grad}


def test_gradients_accumulate(tmp_path):
    one, of_one = advbn_run(tmp_path / 'one', optim_wrapper=dict(optimizer=SGD))
    two, of_two = advbn_run(tmp_path / 'two', optim_wrapper=dict(optimizer=SGD, accumulative_counts=2))
    assert all(not moved.any() for moved in moves(two, of_two, end=1).values())
    assert of_two.logs[0]['loss'] == pytest.approx(of_one.logs[0]['loss'])
    assert moves(two, of_two)[f'{NORM}.aux.weight'].any()
    # two batches' mean gradient is as long as one's, not twice
    length = {name: moved.norm() for name, moved in moves(two, of_two).items()}
    first = {name: moved.norm() for name, moved in moves(one, of_one, end=1).items()}
    assert sum(length.values()) < 1.5 * sum(first.values())


def test_gradient_clipping_counts_the_auxiliary_norms(tmp_path):
    wrapper = dict(optimizer=dict(SGD, lr=1.), clip_grad=dict(max_norm=1e-3))
    run, snapshots = advbn_run(tmp_path, optim_wrapper=wrapper)
    step = moves(run, snapshots, end=1)
    assert step[f'{NORM}.aux.weight'].any()
    assert torch.cat([moved.flatten() for moved in step.values()]).norm().item() == pytest.approx(1e-3, rel=1e-3)


def test_ema_averages_the_auxiliary_norms_and_resumes(tmp_path):
    ema = dict(type='EMAHook', momentum=0.5)
    run, snapshots = advbn_run(tmp_path, hooks=[ema])
    saved = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)
    for key in (f'{NORM}.aux.weight', f'{NORM}.weight'):
        first, second = (state[key] for state in snapshots.states[1:])
        torch.testing.assert_close(saved['state_dict'][key], (first + second) / 2)
    assert not torch.equal(saved['state_dict'][f'{NORM}.aux.weight'], saved['state_dict'][f'{NORM}.weight'])
    resumed, continued = trained(config(tmp_path, hooks=[ADVBN, ema], resume=True))
    for key, value in snapshots.states[-1].items():
        assert torch.equal(continued.states[0][key], value), key


def test_an_ema_hook_that_runs_first_is_refused(tmp_path):
    run = runner(tmp_path, hooks=[dict(type='EMAHook'), dict(ADVBN, priority='LOWEST')])
    with pytest.raises(UserError, match='EMAHook has copied the model already, without auxiliary norms: leave'):
        run.train()
    runner(tmp_path, hooks=[dict(type='EMAHook'), dict(ADVBN, priority='LOWEST', auxiliary=False)], epochs=1).train()


def test_the_learning_rate_is_scaled_for_the_auxiliary_norms_too(tmp_path):
    wrapper = dict(optimizer=SGD, paramwise_cfg=dict(custom_keys={'layer2': dict(lr_mult=0.1)}))
    run, _ = advbn_run(tmp_path, optim_wrapper=wrapper, auto_scale_lr=dict(enable=True, base_batch_size=4))
    rates = {parameter: group['initial_lr'] for group in run.optim_wrapper.optimizer.param_groups
             for parameter in group['params']}
    dual_norms = {name: module for name, module in run.model.named_modules() if isinstance(module, DualNorm)}
    for name, norm in dual_norms.items():
        expected = 0.005 if 'layer2' in name else 0.05  # a batch of two is half of four
        assert rates[norm.aux.weight] == rates[norm.main.weight] == pytest.approx(expected), name


def test_frozen_stages_behind_the_layer_stay_frozen(tmp_path):
    run, snapshots = advbn_run(tmp_path, model=segmentor(frozen_stages=2))
    start, end = snapshots.states[0], snapshots.states[-1]
    moved = {key for key in start if not torch.equal(start[key], end[key])}
    assert not any(key.startswith(('backbone.conv1', 'backbone.layer1', 'backbone.layer2')) for key in moved)
    assert {'backbone.layer3.0.bn2.weight', 'backbone.layer3.0.bn2.aux.weight'} <= moved


def test_norm_eval_holds_the_statistics_of_both_branches(tmp_path):
    _, snapshots = advbn_run(tmp_path, model=segmentor(norm_eval=True))
    start, end = snapshots.states[0], snapshots.states[-1]
    for suffix in ('', '.aux'):
        assert torch.equal(start[f'{NORM}{suffix}.running_mean'], end[f'{NORM}{suffix}.running_mean'])
        assert not torch.equal(start[f'{NORM}{suffix}.weight'], end[f'{NORM}{suffix}.weight'])
        head = f'decode_head.convs.0.bn{suffix}.running_mean'
        assert not torch.equal(start[head], end[head])


def test_auxiliary_norms_start_as_copies_of_what_init_cfg_loads(tmp_path):
    _, snapshots = advbn_run(tmp_path / 'scratch')
    pretrained = dict(type='Pretrained', checkpoint=str(tmp_path / 'scratch/epoch_1.pth'), prefix='backbone.')
    _, loaded = advbn_run(tmp_path / 'pretrained', model=segmentor(init_cfg=pretrained))
    for key in (f'{NORM}.weight', f'{NORM}.aux.weight'):
        assert torch.equal(loaded.states[0][key], snapshots.states[-1][f'{NORM}.weight']), key


def early_head(weight=0.4):
    """A segmentor whose auxiliary head reads what comes before the layer."""
    model = segmentor(out_indices=(0, 2))
    model['auxiliary_head'].update(in_channels=8, loss_decode=dict(type='CrossEntropyLoss', loss_weight=weight))
    return model


def test_an_auxiliary_head_that_reads_the_prefix_sees_it_clean_and_moves_no_delta(tmp_path):
    run, snapshots = advbn_run(tmp_path / 'a', model=early_head(), layer='backbone.layer2')
    seen = []
    run.model.auxiliary_head.convs.register_forward_pre_hook(lambda module, args: seen.append(args[0].clone()))
    batch = run.model.data_preprocessor(next(iter(run.train_dataloader)), True)
    advbn(run).losses(lambda: run.model(**batch, mode='loss'))
    assert len(seen) == 5 and all(torch.equal(feature, seen[0]) for feature in seen)
    heavier, of_heavier = advbn_run(tmp_path / 'b', model=early_head(weight=4.), layer='backbone.layer2')
    for name in ('adv.shift_mean', 'adv.shift_std', 'adv.decode.loss_ce'):
        assert of_heavier.logs[0][name] == pytest.approx(snapshots.logs[0][name], rel=1e-6)
    assert of_heavier.logs[0]['adv.aux.loss_ce'] == pytest.approx(10 * snapshots.logs[0]['adv.aux.loss_ce'], rel=1e-5)


def test_an_auxiliary_head_that_reads_the_layer_sees_it_perturbed(tmp_path):
    run, _ = advbn_run(tmp_path, layer='backbone.layer2')
    seen = []
    run.model.auxiliary_head.convs.register_forward_pre_hook(lambda module, args: seen.append(args[0].clone()))
    batch = run.model.data_preprocessor(next(iter(run.train_dataloader)), True)
    advbn(run).losses(lambda: run.model(**batch, mode='loss'))
    deltas = advbn(run).delta_mean, advbn(run).delta_std
    torch.testing.assert_close((seen[-1],), advbn(run).perturbation.apply((seen[0],), *deltas))
    assert not torch.equal(seen[-1], seen[0])


def test_the_flag_for_mixed_precision_means_bfloat16_on_a_cpu(tmp_path, monkeypatch):
    monkeypatch.setattr(mixed_precision, 'get_device', lambda: 'cpu')
    _, single = advbn_run(tmp_path / 'fp32', optim_wrapper=dict(optimizer=SGD))
    run, half = advbn_run(tmp_path / 'bf16', optim_wrapper=mixed_precision.mixed(dict(optimizer=SGD)))
    trains_alike(single, half, tolerance=0.05)
    features = []
    run.model.backbone.layer2.register_forward_hook(lambda module, args, output: features.append(output.dtype))
    with run.optim_wrapper.optim_context(run.model):
        run.model(torch.zeros(1, 3, 32, 32))
    assert features == [torch.bfloat16]


def test_float16_with_loss_scaling(tmp_path, monkeypatch):
    _, single = advbn_run(tmp_path / 'fp32', optim_wrapper=dict(optimizer=SGD))
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)  # mmengine's own, here on a CPU
    monkeypatch.setattr(amp_optimizer_wrapper, 'GradScaler', partial(torch.amp.GradScaler, device='cpu'))
    monkeypatch.setattr(amp, 'autocast', lambda dtype: torch.autocast('cpu', dtype))
    wrapper = dict(type='AmpOptimWrapper', optimizer=SGD, dtype='float16', loss_scale=dict(init_scale=1024.))
    run, half = advbn_run(tmp_path / 'fp16', optim_wrapper=wrapper)
    trains_alike(single, half, tolerance=0.02)
    assert run.optim_wrapper.loss_scaler.get_scale() == 1024.  # no step overflowed


def test_an_ascent_in_another_precision_than_what_a_head_reads_before_the_layer(tmp_path, monkeypatch):
    monkeypatch.setattr(mixed_precision, 'get_device', lambda: 'cpu')
    hook = dict(ADVBN, layer='backbone.layer2', ascent_precision='fp32')
    single, half = (trained(config(tmp_path / name, early_head(), epochs=1, hooks=[hook], val_dataloader=None,
                                   val_evaluator=None, val_cfg=None, optim_wrapper=dict(wrapper, optimizer=SGD)))[1]
                    for name, wrapper in dict(fp32={}, bf16=mixed_precision.mixed({})).items())
    for name in ('loss', 'adv.decode.loss_ce', 'adv.aux.loss_ce', 'adv.shift_mean'):
        assert half.logs[0][name] == pytest.approx(single.logs[0][name], rel=0.05), name


def trains_alike(single, half, tolerance):
    """A step in half precision does nearly what one in single precision does, and keeps single-precision weights."""
    for name in ('loss', 'adv.decode.loss_ce', 'adv.shift_mean', 'adv.shift_std'):
        assert half.logs[0][name] == pytest.approx(single.logs[0][name], rel=tolerance), name
    for key in ('decode_head.conv_seg.weight', f'{NORM}.aux.weight'):
        assert half.states[1][key].dtype == torch.float32
        wanted, found = (states[1][key] - states[0][key] for states in (single.states, half.states))
        assert torch.nn.functional.cosine_similarity(wanted.flatten(), found.flatten(), dim=0) > 0.9, key


@MODELS.register_module()
class TwoOptimizers(EncoderDecoder):
    """Steps an optimiser for the backbone and one for the heads."""

    def train_step(self, data, optim_wrapper):
        loss, log = self.parse_losses(self(**self.data_preprocessor(data, True), mode='loss'))
        loss.backward()
        for each in optim_wrapper.values():
            each.step()
            each.zero_grad()
        return log


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class BackboneAndHeads:
    def __init__(self, **_):
        pass

    def __call__(self, model):
        parts = dict(backbone=[model.backbone], heads=[model.decode_head, model.auxiliary_head])
        return OptimWrapperDict(**{name: OptimWrapper(torch.optim.SGD(nn.ModuleList(part).parameters(), lr=0.1))
                                   for name, part in parts.items()})


def test_several_optimizers(tmp_path):
    two = dict(model=dict(segmentor(), type='TwoOptimizers'), param_scheduler=None,
               optim_wrapper=dict(constructor='BackboneAndHeads', optimizer=SGD))
    run, snapshots = advbn_run(tmp_path / 'two', **two)
    one, of_one = advbn_run(tmp_path / 'one', optim_wrapper=dict(optimizer=SGD), param_scheduler=None)
    expected, found = moves(one, of_one), moves(run, snapshots)
    for name in (f'{NORM}.aux.weight', f'{NORM}.main.weight', 'decode_head.conv_seg.weight'):
        torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-6)
    assert forecast(config(tmp_path / 'told', epochs=5, hooks=[ADVBN], **two)).memory > 0
    refused = runner(tmp_path / 'fast', hooks=[dict(ADVBN, fast=True)], **two)
    with pytest.raises(UserError, match='needs a single optim_wrapper, found several .backbone, heads.: leave it out'):
        refused.train()


@pytest.mark.parametrize('changes', [dict(model=segmentor(with_cp=True)),
                                     dict(activation_checkpointing=['backbone.layer2'])])
def test_activation_checkpointing_is_refused(tmp_path, changes):
    run = runner(tmp_path, hooks=[ADVBN], **changes)
    with pytest.raises(UserError, match=r'switch activation checkpointing off \(with_cp'):
        run.train()

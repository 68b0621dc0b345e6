"""AdvBN steps of every model of the zoo: those of mmseg and mmpretrain by the hook, those of torchvision without."""
import copy
import math
from collections import Counter
from functools import partial

import pytest
import torch
import torchvision
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import CheckpointLoader
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, FrozenModules, Split
from advbn_seg.errors import UserError
from advbn_seg.network.dual_norm import is_norm
from advbn_seg.network.memory_format import to_channels_last
from tests.tiny import Snapshots, config, trained

from .zoo import CLASSES, SIZE, TORCHVISION, ZOO

NUM_STEPS = 3
CHECK = 2  # runs on the first batch that see whether the prefix need not run again; it runs in the first of them


class Calls:
    """Counts how often each layer with weights of a model is called, and how often it runs."""

    def __init__(self, model):
        self.called, self.ran = Counter(), Counter()
        for name, module in model.named_modules():
            if next(module.parameters(recurse=False), None) is not None and not is_norm(module):
                module.register_forward_hook(partial(self._call, name))
                module.forward = partial(self._run, name, module.forward)

    def _call(self, name, *_):
        self.called[name] += 1

    def _run(self, name, forward, *args, **kwargs):
        self.ran[name] += 1
        return forward(*args, **kwargs)


class Witness(Snapshots):
    def before_train(self, runner):
        super().before_train(runner)
        self.calls = Calls(runner.model)


def run(entry, work_dir, hook, epochs, **changes):
    """(Runner, Witness) of a training of one step an epoch."""
    channels_last = dict(type='advbn_seg.hooks.ChannelsLastHook')  # as AdvBN does by itself; dropout draws in its order
    cfg = config(work_dir, model=entry.model(), epochs=epochs, hooks=[dict(layer=entry.layer) | hook, channels_last],
                 default_scope=entry.library, val_dataloader=None, val_evaluator=None, val_cfg=None, **changes)
    data = dict(type='Stripes' if entry.library == 'mmseg' else 'BrightAndDark', length=2, size=SIZE)
    cfg.train_dataloader.dataset = cfg.test_dataloader.dataset = data
    if entry.library == 'mmpretrain':
        cfg.test_evaluator = dict(type='Accuracy')
    return trained(cfg, Witness())


@pytest.mark.slow
@pytest.mark.parametrize('entry', ZOO, ids=lambda entry: entry.name)
def test_backbone(tmp_path, entry):
    plain, control = run(entry, tmp_path / 'control', dict(type='advbn_seg.hooks.FrozenPrefixHook'), epochs=1)
    hook = dict(type='advbn_seg.hooks.AdvBNHook', num_steps=NUM_STEPS)
    first, witness = run(entry, tmp_path / 'advbn', hook, epochs=1)
    split = next(hook.training.split for hook in first.hooks if hasattr(hook, 'training'))
    prefix_runs_once(first.model, split, witness.calls, control.calls)
    statistics_are_those_of_a_plain_step(plain.model, first.model)
    losses_are_joined(control.logs[0], witness.logs[0])
    resumed, _ = run(entry, tmp_path / 'advbn', hook, epochs=2, resume=True)
    assert resumed.iter == 2
    auxiliary_norms_moved(witness.states[0], resumed.model.state_dict())
    prefix_stays(first.model, split, witness.states[0], resumed.model.state_dict())
    stock_model_predicts_alike(entry, resumed)
    scores = resumed.test()
    assert scores and all(math.isfinite(value) for value in scores.values())


@pytest.mark.slow
@pytest.mark.parametrize('entry', ZOO, ids=lambda entry: entry.name)
def test_the_recipe_at_both_layers(tmp_path, entry):
    recipe = dict(type='advbn_seg.hooks.AdvBNHook', layer=[entry.stem, entry.layer], num_steps=1, step_size=0.5,
                  eps=0.5, per_image=True, auxiliary=False, train_prefix=True)
    runner, witness = run(entry, tmp_path, recipe, epochs=1)
    log, = witness.logs
    for layer in (entry.stem, entry.layer):
        assert 0.3 < log[f'adv.shift_mean.{layer}'] <= 0.501  # a step goes all the way, but for channels that are dead
    clean = [name for name in log if 'loss' in name and f'adv.{name.removeprefix("clean.")}' in log]
    assert clean and any(log[f'adv.{name.removeprefix("clean.")}'] != log[name] for name in clean)
    assert not any('.aux.' in name for name in runner.model.state_dict())


@pytest.mark.slow
@pytest.mark.parametrize('name', TORCHVISION)
def test_torchvision(name):
    def model_and_loss():
        torch.manual_seed(0)
        model = torchvision_model(name)
        x, y = torch.randn(2, 3, 96, 96), torch.tensor([0, 1])  # Inception wants 75 pixels

        def loss():
            logits = model(x)
            return F.cross_entropy(logits[0] if isinstance(logits, tuple) else logits, y)

        return model, loss

    plain, loss = model_and_loss()
    FrozenModules(Split(plain, TORCHVISION[name]).prefix)
    once, _ = Calls(plain), loss()
    model, loss = model_and_loss()
    advbn = AdvBN(model, TORCHVISION[name], NUM_STEPS)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    start = copy.deepcopy(model.state_dict())
    calls = Calls(model)
    losses = advbn.losses(loss)
    prefix_runs_once(model, advbn.split, calls, once)
    statistics_are_those_of_a_plain_step(plain, model)
    sum(losses).backward()
    optimizer.step()
    auxiliary_norms_moved(start, model.state_dict())
    prefix_stays(model, advbn.split, start, model.state_dict())


def test_torchvisions_swin_must_say_that_its_channels_come_last():
    options = dict(patch_size=[4, 4], embed_dim=8, depths=[1, 1], num_heads=[1, 2], window_size=[4, 4],
                   num_classes=CLASSES)
    model = torchvision.models.SwinTransformer(**options)
    x = torch.randn(2, 3, SIZE, SIZE)
    with pytest.raises(UserError, match=r"'features.1' returns a map \(2, 16, 16, 8\) that seems channels-last"):
        AdvBN(model, 'features.1').losses(lambda: model(x).square().mean())
    model = torchvision.models.SwinTransformer(**options)
    advbn = AdvBN(model, 'features.1', channel_dim=-1)
    sum(advbn.losses(lambda: model(x).square().mean())).backward()
    assert advbn.delta_mean.shape == (8,)


def prefix_runs_once(model, split, calls, once):
    """`once` are the calls of one plain forward pass."""
    modules = dict(model.named_modules())
    prefix = {name: 2 * times for name, times in once.ran.items()
              if modules[name] in split.prefix and not split.name.startswith(f'{name}.')}
    suffix = {name: (NUM_STEPS + 2 + CHECK) * times for name, times in once.called.items()
              if modules[name] in split.suffix}
    assert prefix and suffix
    assert prefix == {name: calls.ran[name] for name in prefix}
    assert suffix == {name: calls.called[name] for name in suffix}


def statistics_are_those_of_a_plain_step(plain, model):
    theirs, ours = plain.state_dict(), model.state_dict()
    assert set(theirs) == {name for name in ours if '.aux.' not in name}
    for name in set(theirs) - {name for name, _ in plain.named_parameters()}:
        torch.testing.assert_close(ours[name], theirs[name], msg=name)


def losses_are_joined(plain, with_adversary):
    losses = [name for name in plain if 'loss_' in name]  # a classifier has one, which is the sum
    clean = {name: with_adversary[name] for name in losses} or {'loss': with_adversary['clean.loss']}
    assert clean == pytest.approx({name: plain[name] for name in clean}, rel=1e-5)
    assert with_adversary['loss'] == pytest.approx(sum(clean.values()) + sum(
        with_adversary[f'adv.{name}'] for name in clean), rel=1e-5)


def auxiliary_norms_moved(before, after):
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    mains = {name: name.replace('.aux.', '.') for name in before if '.aux.' in name}
    assert all(torch.equal(before[aux], before[main]) for aux, main in mains.items())
    expected = [aux for aux, main in mains.items() if main in moved]
    assert sum(aux in moved for aux in expected) > 0.9 * len(expected) > 0  # a narrow network has dead channels
    assert sum(not torch.equal(after[aux], after[mains[aux]]) for aux in expected) > 0.5 * len(expected)


def prefix_stays(model, split, before, after):
    names = [name for name in before if model.get_submodule(name.rpartition('.')[0]) in split.prefix]
    assert names
    for name in names:
        assert torch.equal(before[name], after[name]), name


def stock_model_predicts_alike(entry, runner):
    with DefaultScope.overwrite_default_scope(entry.library):
        stock = MODELS.build(entry.model())
        to_channels_last(stock)  # as AdvBN has left ours
    checkpoint = CheckpointLoader.load_checkpoint(f'{runner.work_dir}/epoch_2.pth')
    missing, extra = stock.load_state_dict(checkpoint['state_dict'], strict=False)
    assert missing == [] and all('.aux.' in name for name in extra)
    image = torch.randn(1, 3, SIZE, SIZE)
    with torch.no_grad():
        for model in (stock, runner.model):
            model.eval()
        torch.testing.assert_close(stock(image), runner.model(image), rtol=1e-3, atol=1e-4)


def torchvision_model(name):
    options = dict(inception_v3=dict(init_weights=False, aux_logits=False), googlenet=dict(init_weights=False))
    return torchvision.models.get_model(name, weights=None, num_classes=CLASSES, **options.get(name, {}))

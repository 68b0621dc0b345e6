import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, AdversarialTraining, DualNorm, Split, shift_statistics
from advbn_seg.adversarial.attack import Attack
from advbn_seg.adversarial.reference import algorithm_1, with_own_norms
from advbn_seg.errors import UserError
from advbn_seg.network.memory_format import to_channels_last
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation

from .reference import halves

ATTACK = dict(num_steps=3, step_size=0.2, eps=0.5)
PER_IMAGE = dict(losses=(1.801542296265126, 1.8562491465048319),
                 delta_mean=[8.3, 7.7, 6.3, 7.3, 8.0, 8.0, 6.0, 7.7],
                 delta_std=[6.2, 8.3, 6.6, 8.3, 8.0, 7.7, 6.0, 9.0])


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 3, 12, 12, generator=generator), torch.randint(5, (8,), generator=generator)


def attached(**options):
    """(model, AdvBN) of the reference network; '0' is the prefix."""
    model = nn.Sequential(*halves())
    return model, AdvBN(model, '0', **ATTACK, **options)


def losses(model, advbn, batch):
    x, y = batch
    return advbn.losses(lambda: F.cross_entropy(model(x), y))


def buffers(module):
    return {name: value.clone() for name, value in module.named_buffers()}


def test_a_step_is_that_of_algorithm_1(batch):
    prefix, suffix = map(to_channels_last, halves())  # as ours: dropout draws in the order of memory
    auxiliary_suffix = with_own_norms(suffix)
    torch.manual_seed(2)
    x, y = batch
    clean, adversarial, delta_mean, delta_std = algorithm_1(
        prefix, suffix, auxiliary_suffix, x, lambda logits: F.cross_entropy(logits, y), **ATTACK)
    (clean + adversarial).backward()
    model, advbn = attached()
    torch.manual_seed(2)
    ours = losses(model, advbn, batch)
    sum(ours).backward()
    torch.testing.assert_close(advbn.delta_mean, delta_mean)
    torch.testing.assert_close(advbn.delta_std, delta_std)
    torch.testing.assert_close(ours, (clean, adversarial))
    for index, module in enumerate(suffix):
        mine = model[1][index]
        pairs = [(mine, module)] if not isinstance(mine, DualNorm) else \
            [(mine.main, module), (mine.aux, auxiliary_suffix[index])]
        for left, right in pairs:
            for (name, value), (_, expected) in zip(left.named_parameters(), right.named_parameters()):
                torch.testing.assert_close(value.grad, expected.grad, msg=f'{index}.{name}')
            for (name, value), (_, expected) in zip(left.named_buffers(), right.named_buffers()):
                torch.testing.assert_close(value, expected, msg=f'{index}.{name}')


def test_the_closure_runs_m_plus_2_times_and_the_prefix_once(batch):
    model, advbn = attached()
    calls = dict(closure=0, prefix=0, suffix=0)

    def count(name):
        calls[name] += 1

    losses(model, advbn, batch)  # the first batch is also checked
    model[0][0].register_forward_hook(lambda *_: count('prefix'))
    model[1][0].register_forward_hook(lambda *_: count('suffix'))
    x, y = batch
    advbn.losses(lambda: count('closure') or F.cross_entropy(model(x), y))
    assert calls == dict(closure=5, prefix=1, suffix=5)


def test_the_ascent_raises_the_loss_it_attacks(batch):
    model, advbn = attached()
    losses(model, advbn, batch)
    x, y = batch
    model.eval()
    shifted, = advbn.perturbation.apply((model[0](x),), advbn.delta_mean, advbn.delta_std)
    with advbn.branch('aux'):
        assert F.cross_entropy(model[1](shifted), y) > F.cross_entropy(model(x), y)


def test_main_statistics_are_those_of_a_plain_run_and_the_auxiliary_ones_move_apart(batch):
    prefix, suffix = halves()
    prefix.eval()
    suffix(prefix(batch[0]))
    model, advbn = attached()
    before = buffers(model[0])
    losses(model, advbn, batch)
    main, aux = model[1][1].main, model[1][1].aux
    torch.testing.assert_close(main.running_mean, suffix[1].running_mean)
    torch.testing.assert_close(main.running_var, suffix[1].running_var)
    assert main.num_batches_tracked == aux.num_batches_tracked == 1
    assert not torch.allclose(main.running_mean, aux.running_mean)
    for name, value in buffers(model[0]).items():
        torch.testing.assert_close(value, before[name])


def test_nothing_is_left_behind_by_a_step_without_backward(batch):
    model, advbn = attached()
    losses(model, advbn, batch)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(module.training for module in model[1].modules())
    assert all(norm.branch == 'main' for norm in model.modules() if isinstance(norm, DualNorm))


def test_the_prefix_is_frozen_also_after_train(batch):
    model, advbn = attached()
    model.train()
    before = copy.deepcopy(model[0].state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=1., weight_decay=1.)
    sum(losses(model, advbn, batch)).backward()
    optimizer.step()
    for name, value in model[0].state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_the_prefix_trains_if_asked(batch):
    model, advbn = attached(train_prefix=True)
    sum(losses(model, advbn, batch)).backward()
    assert model[0][0].weight.grad.abs().sum() > 0
    assert model[0][1].num_batches_tracked == 1


def test_running_statistics_normalise_the_adversarial_pass(batch):
    model, advbn = attached(adversarial_statistics='running')
    model[1][3].p = 0.  # dropout
    before = buffers(model[1][1].aux)
    _, adversarial = losses(model, advbn, batch)
    for name, value in buffers(model[1][1].aux).items():
        torch.testing.assert_close(value, before[name])
    x, y = batch
    model.eval()
    shifted, = advbn.perturbation.apply((model[0](x),), advbn.delta_mean, advbn.delta_std)
    with advbn.branch('aux'):
        torch.testing.assert_close(F.cross_entropy(model[1](shifted), y), adversarial)


def test_one_set_of_norms_for_both_passes(batch):
    model, advbn = attached(auxiliary=False, adversarial_statistics='running')
    assert not any(isinstance(module, DualNorm) for module in model.modules())
    clean, adversarial = losses(model, advbn, batch)
    (clean + adversarial).backward()
    assert model[1][1].num_batches_tracked == 1
    with pytest.raises(ValueError, match='no auxiliary norms'), advbn.branch('aux'):
        pass


def test_inference_through_either_branch(batch):
    model, advbn = attached()
    sum(losses(model, advbn, batch)).backward()
    model.eval()
    with advbn.branch('main'):
        main = model(batch[0])
    with advbn.branch('aux'):
        aux = model(batch[0])
    torch.testing.assert_close(model(batch[0]), main)
    assert not torch.allclose(main, aux)


def test_loss_dicts_come_back_as_dicts(batch):
    model, advbn = attached()
    x, y = batch
    seen = []

    def closure():
        loss = F.cross_entropy(model(x), y)
        seen.append(loss.item())
        return dict(loss_ce=loss, loss_list=[loss, loss], acc=torch.zeros(1))

    torch.manual_seed(3)
    clean, adversarial = advbn.losses(closure)
    assert set(clean) == set(adversarial) == {'loss_ce', 'loss_list', 'acc'}
    assert clean['loss_ce'] == seen[-5] and adversarial['loss_ce'] == seen[-1]
    reference, tensors = attached()
    torch.manual_seed(3)
    losses(reference, tensors, batch)
    torch.testing.assert_close(advbn.delta_mean, tensors.delta_mean)


def test_removing_leaves_the_model_as_it_was(batch):
    model = nn.Sequential(*halves())
    before = [(name, type(module)) for name, module in model.named_modules()]
    state = copy.deepcopy(model.state_dict())
    model.train()
    AdvBN(model, '0', **ATTACK).remove()
    assert all(module.training for module in model.modules())
    advbn = AdvBN(model, '0', **ATTACK)
    losses(model, advbn, batch)
    main = copy.deepcopy(model[1][1].main.state_dict())
    advbn.remove()
    assert all(module.training for module in model.modules())
    assert [(name, type(module)) for name, module in model.named_modules()] == before
    assert all(parameter.requires_grad for parameter in model.parameters())
    torch.testing.assert_close(model[1][1].state_dict(), main)
    for name, value in model[0].state_dict().items():
        torch.testing.assert_close(value, state[f'0.{name}'])
    model(batch[0])
    assert model[0][1].num_batches_tracked == 1


@pytest.mark.parametrize('made_before', [True, False])
def test_an_optimizer_trains_suffix_and_auxiliary_norms(batch, made_before):
    model = nn.Sequential(*halves())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1) if made_before else None
    advbn = AdvBN(model, '0', **ATTACK)
    if made_before:
        advbn.add_auxiliary_norms_to(optimizer)
        advbn.add_auxiliary_norms_to(optimizer)  # a second time changes nothing
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = copy.deepcopy(model.state_dict())
    sum(losses(model, advbn, batch)).backward()
    optimizer.step()
    members = [parameter for group in optimizer.param_groups for parameter in group['params']]
    assert len(members) == len(set(members)) == len(list(model.parameters()))
    for name, value in model.state_dict().items():
        trained = name.startswith('1.') and not name.endswith(('running_mean', 'running_var', 'num_batches_tracked'))
        if trained:
            assert not torch.equal(value, before[name]), name
    assert not any(parameter.requires_grad for parameter in model[0].parameters())


def test_auxiliary_norms_join_the_group_of_their_main_norm():
    model = nn.Sequential(*halves())
    norms = [module for module in model[1] if isinstance(module, nn.BatchNorm2d)]
    optimizer = torch.optim.SGD([
        dict(params=[parameter for norm in norms for parameter in norm.parameters()], weight_decay=0),
        dict(params=model[1][0].parameters())], lr=0.1)
    AdvBN(model, '0', **ATTACK).add_auxiliary_norms_to(optimizer)
    assert [len(group['params']) for group in optimizer.param_groups] == [8, 2]


def test_token_maps_and_layer_norm():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.Sequential(nn.Linear(6, 8), nn.TransformerEncoder(layer, 2, enable_nested_tensor=False))
    advbn = AdvBN(model, '0', **ATTACK)
    x = torch.randn(2, 7, 6)
    clean, adversarial = advbn.losses(lambda: model(x).square().mean() + model(x).abs().mean())
    (clean + adversarial).backward()
    assert advbn.delta_mean.shape == (8,)
    assert advbn.perturbation.clamp is False  # a linear layer's output has negative values
    dual_norms = [module for module in model.modules() if isinstance(module, DualNorm)]
    assert len(dual_norms) == 4 and all(norm.aux.weight.grad is not None for norm in dual_norms)


def test_clamp_follows_the_features_range(batch):
    model, advbn = attached()
    losses(model, advbn, batch)
    assert advbn.perturbation.clamp is True  # the prefix ends in a ReLU


@pytest.mark.parametrize('options, message', [
    (dict(num_steps=-1), 'num_steps must be a whole number of at least 0, found -1'),
    (dict(step_size=-1), 'step_size must be positive, found -1'),
    (dict(eps=0), 'eps must be positive, found 0'),
    (dict(num_steps=True), 'num_steps must be a whole number of at least 0, found True'),
    (dict(subsample=2.), 'subsample must be a whole number of at least 1, found 2.0'),
    (dict(step_size=float('inf')), 'step_size must be positive, found inf'),
    (dict(eps='0.5'), "eps must be positive, found '0.5'"),
    (dict(eps=None), 'eps must be positive, found None'),
    (dict(per_image='no'), "per_image must be one of True, False, found 'no'"),
    (dict(clamp='yes'), "clamp must be one of None, True, False, found 'yes'"),
    (dict(train_prefix='no'), "train_prefix must be one of True, False, found 'no'"),
    (dict(adversarial_statistics='both'), "must be one of 'batch', 'running', found 'both'"),
])
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        AdvBN(nn.Sequential(*halves()), '0', **options)


def test_float16_finds_the_deltas_of_float32(batch):
    model, advbn = attached()
    x, y = batch

    def dense():  # a mean over many pixels, whose gradients are small
        logits = F.interpolate(model[1][:7](model[0](x)), (256, 256))
        return F.cross_entropy(logits.float(), y.view(-1, 1, 1).expand(-1, 256, 256))

    model.forward = lambda _: None
    advbn.losses(dense)
    expected = advbn.delta_mean, advbn.delta_std
    with torch.autocast('cpu', torch.float16):
        advbn.losses(dense)
    for delta, single in zip((advbn.delta_mean, advbn.delta_std), expected):
        assert (delta == single).float().mean() >= 0.75


def test_a_step_is_main_and_aux_whatever_branch_is_in_use(batch):
    model, advbn = attached()
    with advbn.branch('aux'):
        losses(model, advbn, batch)
    assert model[1][1].main.num_batches_tracked == model[1][1].aux.num_batches_tracked == 1


def test_an_attached_model_can_be_copied_after_a_step(batch):
    model, advbn = attached(train_prefix=True)
    losses(model, advbn, batch)
    copied = copy.deepcopy(model).eval()
    torch.testing.assert_close(copied(batch[0]), model.eval()(batch[0]))


def test_backpropagating_the_clean_loss_first_gives_the_same_gradients(batch):
    x, y = batch
    gradients = []
    for backward in (torch.Tensor.backward, None):
        model, advbn = attached()
        torch.manual_seed(2)
        clean, adversarial = advbn.losses(
            lambda model=model: dict(loss=F.cross_entropy(model(x), y), acc=x.sum()), backward)
        assert clean['loss'].requires_grad == (backward is None)
        loss = adversarial['loss'] if backward else clean['loss'] + adversarial['loss']
        loss.backward()
        gradients.append({name: parameter.grad for name, parameter in model.named_parameters()})
    torch.testing.assert_close(*gradients)


def test_the_ascent_in_another_precision(batch):
    seen = []
    model, advbn = attached(ascent_precision='bf16')
    model[1][0].register_forward_hook(lambda module, args, output: seen.append(output.dtype))
    losses(model, advbn, batch)
    assert seen[-5:] == [torch.float32] + [torch.bfloat16] * 3 + [torch.float32]
    reference, exact = attached()
    losses(reference, exact, batch)
    assert (advbn.delta_mean == exact.delta_mean).float().mean() >= 0.75
    with torch.autocast('cpu', torch.bfloat16):
        seen.clear()
        model, advbn = attached(ascent_precision='fp32')
        model[1][0].register_forward_hook(lambda module, args, output: seen.append(output.dtype))
        losses(model, advbn, batch)
    assert seen[-5:] == [torch.bfloat16] + [torch.float32] * 3 + [torch.bfloat16]
    with pytest.raises(ValueError, match="one of None, 'fp32', 'bf16', 'fp16', 'fast', found 'int8'"):
        attached(ascent_precision='int8')


class Pyramid(nn.Module):
    """A stem that returns two maps, of which its parent may use one only."""

    def __init__(self, both=True):
        super().__init__()
        self.stem = nn.ModuleList([nn.Conv2d(3, 4, 1), nn.Conv2d(3, 6, 1, stride=2)])
        self.maps = Maps(self.stem)
        self.heads = nn.ModuleList([nn.Conv2d(4, 2, 1), nn.Conv2d(6, 2, 1)])
        self.both = both

    def forward(self, x):
        outputs = [head(feature).square().mean() for head, feature in zip(self.heads, self.maps(x)['maps'])]
        return sum(outputs) if self.both else outputs[0]


class Maps(nn.Module):
    def __init__(self, convs):
        super().__init__()
        self.convs = convs

    def forward(self, x):
        return dict(maps=[conv(x) for conv in self.convs], size=x.shape)


@pytest.mark.parametrize('both', [True, False])
def test_every_map_of_a_layer_is_shifted_by_deltas_of_its_own(batch, both):
    torch.manual_seed(0)
    model = Pyramid(both)
    advbn = AdvBN(model, 'maps', **ATTACK)
    seen = [[], []]
    for inputs, head in zip(seen, model.heads):
        head.register_forward_pre_hook(lambda module, args, inputs=inputs: inputs.append(args[0].detach()))
    clean, adversarial = advbn.losses(lambda: model(batch[0]))
    assert adversarial > clean
    assert advbn.delta_mean.shape == advbn.delta_std.shape == (10,)
    for inputs, mean, std in zip(seen, advbn.delta_mean.split([4, 6]), advbn.delta_std.split([4, 6])):
        torch.testing.assert_close(inputs[-1], shift_statistics(inputs[0], mean, std))
    assert (advbn.delta_mean[4:] == 1).all() == (not both)  # what no loss depends on stays


def test_a_layer_that_no_loss_depends_on(batch):
    model = Pyramid()
    advbn = AdvBN(model, 'maps', **ATTACK)
    with pytest.raises(ValueError, match="no loss depends on what layer 'maps' returns"):
        advbn.losses(lambda: [model(batch[0]), model.heads[0](torch.ones(1, 4, 1, 1)).sum()][1])


def test_state_holds_what_was_decided_on_the_first_batch(batch):
    model, advbn = attached(attack_every=2)
    losses(model, advbn, batch)
    _, other = attached(attack_every=2)
    other.load_state_dict(advbn.state_dict())
    assert other.perturbation.clamp is True
    assert torch.equal(other.delta_mean, advbn.delta_mean)


def test_removing_returns_the_model_in_the_mode_it_is_in(batch):
    model, advbn = attached()
    model.eval()
    expected = model(batch[0])
    assert advbn.remove() is model
    assert not any(module.training for module in model.modules())
    torch.testing.assert_close(model(batch[0]), expected)
    model, advbn = attached()
    model.train()
    advbn.remove()
    assert all(module.training for module in model.modules())


def test_a_model_prints_where_it_is_perturbed_and_which_norms_run(batch):
    model, advbn = attached(per_image=True)
    assert 'AdvBN with ChannelStatistics(eps=0.5, per_image=True' in repr(model[0])
    assert "DualNorm(\n      branch='main'" in repr(model)
    assert repr(advbn).startswith('AdvBN at 0: froze 2 modules, 2 auxiliary norms, ChannelStatistics(')
    advbn.remove()
    assert 'AdvBN' not in repr(model)


def alone(suffix, loss_fn, feature, num_steps, step_size, eps):
    """Deltas of one image by Eq. 1 and 2, written out: its own statistics, its own loss, norms in eval mode."""
    mu = feature.mean((2, 3), keepdim=True)
    deltas = [torch.ones_like(mu), torch.ones_like(mu)]
    for _ in range(num_steps):
        mean, std = (delta.requires_grad_() for delta in deltas)
        loss = loss_fn(suffix(F.relu(std * (feature - mu) + mean * mu)))
        gradients = torch.autograd.grad(loss, [mean, std])
        deltas = [(delta.detach() + step_size * gradient.sign()).clamp(1 - eps, 1 + eps)
                  for delta, gradient in zip((mean, std), gradients)]
    return [delta.flatten() for delta in deltas]


def test_per_image_each_image_is_attacked_as_if_it_were_alone(batch):
    model = nn.Sequential(*halves()).double()
    x, y = batch[0].double(), batch[1]
    plain = copy.deepcopy(model).eval()
    advbn = AdvBN(model, '0', **ATTACK, per_image=True)
    losses(model, advbn, (x, y))
    assert advbn.delta_mean.shape == advbn.delta_std.shape == (8, 8)
    for index in range(len(x)):
        feature = plain[0](x[index:index + 1]).detach()
        mean, std = alone(plain[1], lambda logits, index=index: F.cross_entropy(logits, y[index:index + 1]), feature,
                          **ATTACK)
        assert torch.equal(advbn.delta_mean[index].double(), mean.float().double())
        assert torch.equal(advbn.delta_std[index].double(), std.float().double())


def test_per_image_golden_numbers(batch):
    """Of this very network and batch in float64; they change with the method, not with the machine."""
    model = nn.Sequential(*halves()).double()
    model[1][3].p = 0.  # dropout
    advbn = AdvBN(model, '0', **ATTACK, per_image=True)
    clean, adversarial = losses(model, advbn, (batch[0].double(), batch[1]))
    assert (clean.item(), adversarial.item()) == pytest.approx(PER_IMAGE['losses'], rel=1e-6)
    assert advbn.delta_mean.sum(1).tolist() == pytest.approx(PER_IMAGE['delta_mean'], rel=1e-6)
    assert advbn.delta_std.sum(1).tolist() == pytest.approx(PER_IMAGE['delta_std'], rel=1e-6)


def test_a_shift_that_images_share_is_undone_by_a_batch_norm_and_their_own_is_not(batch):
    """The mean's, exactly, where no clamp stands between: a convolution makes it one constant per channel."""
    model = nn.Sequential(*halves())
    x = model[0][:2](batch[0]).detach()  # before the ReLU
    after = nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8))
    ones = torch.ones(8)
    shared = shift_statistics(x, 1 + torch.linspace(-.5, .5, 8), ones)
    own = shift_statistics(x, 1 + torch.rand(8, 8) - 0.5, torch.ones(8, 8))
    torch.testing.assert_close(after(shared), after(x), rtol=1e-3, atol=1e-4)
    assert (after(own) - after(x)).abs().mean() > 0.01


def test_several_layers_are_attacked_at_once(batch):
    torch.manual_seed(0)
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, ['0', '1.2'], **ATTACK)
    seen = {'0': [], '1.2': []}
    model[1][0].register_forward_pre_hook(lambda module, args: seen['0'].append(args[0].detach()))
    model[1][3].register_forward_pre_hook(lambda module, args: seen['1.2'].append(args[0].detach()))
    clean, adversarial = losses(model, advbn, batch)
    (clean + adversarial).backward()
    first, second = advbn.attack.variables
    assert advbn.delta_mean.shape == (16,) and set(advbn.summary()) == {
        'shift_mean.0', 'shift_std.0', 'shift_mean.1.2', 'shift_std.1.2'}
    torch.testing.assert_close(seen['0'][-1], shift_statistics(seen['0'][-5], *first).relu())
    with advbn.branch('aux'):
        before = model[1][2](model[1][1](model[1][0](seen['0'][-1])))
    torch.testing.assert_close(seen['1.2'][-1], shift_statistics(before, *second).relu())
    assert {advbn.perturbations[0].clamp, advbn.perturbations[1].clamp} == {True}
    assert (second[0] != 1).all()


def test_layers_are_named_in_the_order_they_run():
    with pytest.raises(UserError, match="layer '0.1' runs before the first layer '1.2'"):
        AdvBN(nn.Sequential(*halves()), ['1.2', '0.1'])
    with pytest.raises(UserError, match='at least one layer, found none'):
        AdvBN(nn.Sequential(*halves()), [])


def test_a_later_layer_must_run_after_the_first_and_return_maps(batch):
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match="layer '1.9' did not run after layer '0', or returned no feature map"):
        losses(model, AdvBN(model, ['0', '1.9']), batch)


class Last(nn.Module):
    """Two blocks whose maps have their channels last."""

    def __init__(self):
        super().__init__()
        self.stem, self.one, self.two, self.head = (nn.Linear(size, 4) for size in (3, 4, 4, 4))

    def forward(self, x):
        return self.head(self.two(self.one(self.stem(x.movedim(1, -1))))).mean((1, 2))


def test_channel_dim_is_that_of_all_layers(batch):
    model = Last()
    with pytest.raises(UserError, match="layer 'one' returns a map .* seems channels-last"):
        losses(model, AdvBN(model, ['one', 'two']), batch)
    model = Last()
    advbn = AdvBN(model, ['one', 'two'], channel_dim=-1)
    losses(model, advbn, batch)
    assert [delta.shape for variables in advbn.attack.variables for delta in variables] == 4 * [(4,)]


def test_any_perturbation_runs_in_the_frame(batch):
    model = nn.Sequential(*halves())
    training = AdversarialTraining(model, Split(model, '0'), [NormalizationPerturbation()], Attack(0, 0.2))
    seen = []
    model[1][0].register_forward_pre_hook(lambda module, args: seen.append(args[0].detach()))
    clean, adversarial = losses(model, training, batch)
    (clean + adversarial).backward()
    torch.testing.assert_close(seen[-1], shift_statistics(seen[-2], *training.attack.variables[0]))
    assert model[1][1].aux.weight.grad is not None
    with pytest.raises(UserError, match='NormalizationPerturbation has no ball to ascend in: set num_steps=0'):
        model = nn.Sequential(*halves())
        training = AdversarialTraining(model, Split(model, '0'), [NormalizationPerturbation()], Attack(1, 0.2))
        losses(model, training, batch)


class Viewing(nn.Sequential):
    """A network that wants its last map in rows of pixels."""

    def forward(self, x):
        return super().forward(x).view(len(x), -1)


def test_features_are_channels_last_where_the_model_can_be_run_so(batch):
    x, y = batch
    for kind, layout in ((nn.Sequential, torch.channels_last), (Viewing, torch.contiguous_format)):
        torch.manual_seed(0)
        model, seen = kind(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5), nn.ReLU()), []
        advbn = AdvBN(model, '1', **ATTACK)
        model[2].register_forward_hook(lambda module, args, output, seen=seen: seen.append(output))
        clean, adversarial = advbn.losses(lambda model=model: F.cross_entropy(model(x).flatten(1), y))
        assert adversarial > clean
        assert all(each.is_contiguous(memory_format=layout) for each in seen[-5:])


def test_a_prefix_that_trains_keeps_its_graph(batch):
    model, advbn = attached(train_prefix=True)
    x, y = batch
    with pytest.raises(UserError, match='train_prefix=True needs the graph of the prefix for both losses'):
        advbn.losses(lambda: F.cross_entropy(model(x), y), backward=torch.Tensor.backward)

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, DualNorm, shift_statistics
from advbn_seg.adversarial.reference import algorithm_1, with_own_norms

from .reference import halves

ATTACK = dict(num_steps=3, step_size=0.2, eps=0.5)


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
    prefix, suffix = halves()
    twin = with_own_norms(suffix)
    torch.manual_seed(2)
    x, y = batch
    clean, adversarial, delta_mean, delta_std = algorithm_1(
        prefix, suffix, twin, x, lambda logits: F.cross_entropy(logits, y), **ATTACK)
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
            [(mine.main, module), (mine.aux, twin[index])]
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
    shifted, = advbn.perturbation.apply([model[0](x)], advbn.delta_mean, advbn.delta_std)
    with advbn.branch('aux'):
        assert F.cross_entropy(model[1](shifted), y) > F.cross_entropy(model(x), y)


def test_main_statistics_are_those_of_a_plain_run_and_the_twins_move_apart(batch):
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
    shifted, = advbn.perturbation.apply([model[0](x)], advbn.delta_mean, advbn.delta_std)
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
    assert clean['loss_ce'] == seen[0] and adversarial['loss_ce'] == seen[-1]
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
def test_an_optimizer_trains_suffix_and_twins(batch, made_before):
    model = nn.Sequential(*halves())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1) if made_before else None
    advbn = AdvBN(model, '0', **ATTACK)
    if made_before:
        advbn.add_twins_to(optimizer)
        advbn.add_twins_to(optimizer)  # a second time changes nothing
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


def test_twins_join_the_group_of_their_main_norm():
    model = nn.Sequential(*halves())
    norms = [module for module in model[1] if isinstance(module, nn.BatchNorm2d)]
    optimizer = torch.optim.SGD([
        dict(params=[parameter for norm in norms for parameter in norm.parameters()], weight_decay=0),
        dict(params=model[1][0].parameters())], lr=0.1)
    AdvBN(model, '0', **ATTACK).add_twins_to(optimizer)
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
    twins = [module for module in model.modules() if isinstance(module, DualNorm)]
    assert len(twins) == 4 and all(twin.aux.weight.grad is not None for twin in twins)


def test_clamp_follows_the_features_range(batch):
    model, advbn = attached()
    losses(model, advbn, batch)
    assert advbn.perturbation.clamp is True  # the prefix ends in a ReLU


@pytest.mark.parametrize('options, message', [
    (dict(num_steps=0), 'num_steps must be at least 1, found 0'),
    (dict(step_size=-1), 'step_size must be positive, found -1'),
    (dict(eps=0), 'eps must be positive, found 0'),
    (dict(adversarial_statistics='both'), "'batch' or 'running', found 'both'"),
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


def test_folded_norms_find_the_same_deltas(batch):
    found = []
    for fold_norms in (True, False):
        model, advbn = attached(fold_norms=fold_norms)
        torch.manual_seed(2)
        found.append((advbn, losses(model, advbn, batch)))
    (folded, its_losses), (plain, expected) = found
    assert torch.equal(folded.delta_mean, plain.delta_mean) and torch.equal(folded.delta_std, plain.delta_std)
    torch.testing.assert_close(its_losses, expected)


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
    assert seen == [torch.float32] + [torch.bfloat16] * 3 + [torch.float32]
    reference, exact = attached()
    losses(reference, exact, batch)
    assert (advbn.delta_mean == exact.delta_mean).float().mean() >= 0.75
    with torch.autocast('cpu', torch.bfloat16):
        seen.clear()
        model, advbn = attached(ascent_precision='fp32')
        model[1][0].register_forward_hook(lambda module, args, output: seen.append(output.dtype))
        losses(model, advbn, batch)
    assert seen == [torch.bfloat16] + [torch.float32] * 3 + [torch.bfloat16]
    with pytest.raises(ValueError, match="one of 'fp32', 'bf16', 'fp16', found 'int8'"):
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
    model, advbn = attached(start='previous')
    losses(model, advbn, batch)
    _, other = attached(start='previous')
    other.load_state_dict(advbn.state_dict())
    assert other.perturbation.clamp is True
    assert torch.equal(other.delta_mean, advbn.delta_mean)

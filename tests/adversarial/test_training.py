"""A training step: clean loss + adversarial loss."""
import gc
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, AdversarialTraining, DualNorm, Split, shift_statistics
from advbn_seg.adversarial.attack import Attack
from advbn_seg.adversarial.reference import algorithm_1, with_own_norms
from advbn_seg.errors import UserError
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation

from .reference import ATTACK, attached, halves, losses


def buffers(module):
    return {name: value.clone() for name, value in module.named_buffers()}


def test_a_step_is_that_of_algorithm_1(batch):
    prefix, suffix = halves()
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


def test_any_perturbation_runs_in_the_frame(batch):
    model = nn.Sequential(*halves())
    training = AdversarialTraining(model, Split(model, '0'), [NormalizationPerturbation()], Attack(0, 0.2))
    seen = []
    model[1][0].register_forward_pre_hook(lambda module, args: seen.append(args[0].detach()))
    clean, adversarial = losses(model, training, batch)
    (clean + adversarial).backward()
    torch.testing.assert_close(seen[-1], shift_statistics(seen[-2], *training.attack.variables[0]))
    assert model[1][1].aux.weight.grad is not None


def test_a_prefix_that_trains_keeps_its_graph(batch):
    model, advbn = attached(train_prefix=True)
    x, y = batch
    with pytest.raises(UserError, match='train_prefix=True needs the graph of the prefix for both losses'):
        advbn.losses(lambda: F.cross_entropy(model(x), y), backward=torch.Tensor.backward)


class Counter(nn.Module):
    """Counts the passes in a buffer, as a codebook or a queue does its own thing; in its place where asked."""

    def __init__(self, in_place):
        super().__init__()
        self.in_place = in_place
        self.register_buffer('seen', torch.zeros(()))

    def forward(self, x):
        if self.in_place:
            self.seen += 1
        else:
            self.seen = self.seen + 1
        return x


@pytest.mark.parametrize('in_place', [True, False])
def test_an_ascent_leaves_buffers_as_they_were(batch, in_place):
    model, advbn = attached()
    model[1].insert(0, Counter(in_place))
    for step in (1, 2):
        losses(model, advbn, batch)
        assert model[1][0].seen == 2 * step  # the clean pass and the adversarial one


def test_a_head_that_is_put_in_after_attaching_is_held_still_in_the_ascent(batch):
    model, advbn = attached(auxiliary=False)
    model[1][-1] = nn.Sequential(nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 5))
    losses(model, advbn, batch)
    assert model[1][-1][0].num_batches_tracked == model[1][1].num_batches_tracked == 2


def test_what_was_removed_trains_no_more(batch):
    model, advbn = attached()
    AdvBN(advbn.remove(), '0')  # that the model has another changes nothing
    with pytest.raises(UserError, match='^this AdvBN was removed from its model: make a new one'):
        losses(model, advbn, batch)


@pytest.mark.parametrize('num_steps', [1, 3])
def test_a_second_view_leaves_a_prefix_that_trains_alone_in_the_ascent(batch, num_steps):
    x, y = batch
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0', num_steps, 0.2, train_prefix=True)
    sum(advbn.losses(lambda: F.cross_entropy(model(x), y) + F.cross_entropy(model(x.flip(0)), y))).backward()
    assert model[0][1].num_batches_tracked == 3  # both views of the clean pass, the second of the adversarial one


@pytest.mark.parametrize('training', [True, False])
def test_a_prefix_trains_again_after_removal_whatever_mode_the_model_was_attached_in(training):
    model = nn.Sequential(*halves()).train(training)
    advbn = AdvBN(model, '0')
    advbn.remove()
    assert model[0][1].training == training
    advbn = AdvBN(model, '0')
    model.train()
    assert advbn.remove()[0][1].training


def test_nothing_of_a_step_is_kept(batch):
    x, y = batch
    model, advbn = attached(train_prefix=True)
    kept = []
    model[0][-1].register_forward_hook(lambda module, args, output: kept.append(weakref.ref(output)))

    def fails():
        model(x)
        raise MemoryError

    losses(model, advbn, batch)  # which checks the first batch
    kept.clear()
    with pytest.raises(MemoryError):
        advbn.losses(fails)
    gc.collect()
    assert len(kept) == 1 and kept[0]() is None

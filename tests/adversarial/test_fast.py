"""AdvBN(fast=True): what the preset makes of an attack, and where its first gradient comes from."""
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN
from advbn_seg.adversarial.attack import fast_attack
from advbn_seg.adversarial.precision import FAST, dtype_of, multiplies_bfloat16
from advbn_seg.errors import UserError
from advbn_seg.network.dual_norm import use_branch

from .reference import halves

LABELS = torch.arange(8) % 5


@pytest.fixture
def x():
    return torch.randn(8, 3, 12, 12, generator=torch.Generator().manual_seed(1))


def without_dropout():
    model = nn.Sequential(*halves())
    model[1][3].p = 0.
    return model


def step(model, advbn, x, backward=None):
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), LABELS), backward)
    (clean + adversarial if clean.requires_grad else adversarial).backward()
    return clean.item(), adversarial.item()


@pytest.mark.parametrize('per_image', [True, False])
@pytest.mark.parametrize('backward', [None, torch.Tensor.backward])
def test_the_first_step_follows_the_clean_loss_of_training(x, per_image, backward):
    model = without_dropout()
    feature = model[0].eval()(x)
    delta_mean, delta_std = (torch.ones(8, 8) if per_image else torch.ones(8) for _ in range(2))
    advbn = AdvBN(model, '0', 1, 0.5, 0.5, per_image=per_image, clamp=True, fast=True)
    delta_mean.requires_grad_(), delta_std.requires_grad_()
    with use_branch(model, 'main'):
        loss = F.cross_entropy(model[1](*advbn.perturbation.apply((feature,), delta_mean, delta_std)), LABELS)
    expected = torch.autograd.grad(loss, (delta_mean, delta_std))
    step(model, advbn, x, backward)
    clear = [gradient.abs() > 1e-6 for gradient in expected]  # others are rounding
    for found, gradient, where in zip((advbn.delta_mean, advbn.delta_std), expected, clear):
        assert where.float().mean() > 0.8
        assert torch.equal(found[where], (1 + 0.5 * gradient.sign())[where])


def test_it_costs_no_pass_of_the_suffix(x):
    model, calls = without_dropout(), []
    advbn = AdvBN(model, '0', 1, 0.5, 0.5, fast=True)
    step(model, advbn, x, torch.Tensor.backward)
    model[1][0].register_forward_hook(lambda *_: calls.append(1))
    step(model, advbn, x, torch.Tensor.backward)
    assert len(calls) == 2


def test_a_batch_that_does_not_attack_pays_no_backward_pass(x):
    model, calls = without_dropout(), []
    advbn = AdvBN(model, '0', 1, 0.5, 0.5, fast=True, attack_every=2)
    model[1][0].register_full_backward_hook(lambda *_: calls.append(1))
    paid = []
    for _ in range(4):
        calls.clear()
        advbn.losses(lambda: F.cross_entropy(model(x), LABELS))
        paid.append(len(calls))
    assert paid[2:] == [1, 0]  # the first batch has checks too


def test_gradients_of_the_parameters_are_those_of_both_losses(x):
    gradients = []
    for backward in (None, torch.Tensor.backward):
        model = without_dropout()
        advbn = AdvBN(model, '0', 1, 0.5, 0.5, per_image=True, fast=True)
        clean, adversarial = step(model, advbn, x, backward)
        assert adversarial > clean
        gradients.append({name: parameter.grad for name, parameter in model.named_parameters()})
    torch.testing.assert_close(*gradients)
    assert all(parameter.grad is None for parameter in model[0].parameters())


def test_several_layers(x):
    model = without_dropout()
    advbn = AdvBN(model, ['0', '1.2'], 1, 0.5, 0.5, per_image=True, fast=True)
    clean, adversarial = step(model, advbn, x)
    assert advbn.delta_mean.shape == (8, 16) and adversarial > clean
    assert ((advbn.delta_mean - 1).abs() == 0.5).float().mean() > 0.8


def test_a_prefix_that_trains_too(x):
    model = without_dropout()
    step(model, AdvBN(model, '0', 1, 0.5, 0.5, train_prefix=True, fast=True), x)
    assert model[0][0].weight.grad.abs().sum() > 0


def test_a_gradient_that_is_not_finite_moves_no_delta(x):
    def overflowing(loss):
        (loss * float('inf')).backward()  # as with a loss scale that is too large

    model = without_dropout()
    advbn = AdvBN(model, '0', 1, 0.5, 0.5, fast=True)
    advbn.losses(lambda: F.cross_entropy(model(x), LABELS), overflowing)
    assert advbn.delta_mean.isfinite().all() and advbn.delta_std.isfinite().all()


def test_a_layer_that_no_loss_depends_on(x):
    model = without_dropout()
    advbn = AdvBN(model, '0', 1, 0.5, 0.5, fast=True)
    advbn.losses(lambda: F.cross_entropy(model(x), LABELS))
    with pytest.raises(UserError, match="no loss depends on what layer '0' returns"):
        advbn.losses(lambda: [model(x), model[1][0].weight.sum()][1])


@pytest.mark.parametrize('options, message', [
    (dict(random_start=True), 'starts at a random draw: leave out one of the two'),
    (dict(num_steps=0), 'num_steps must be a whole number of at least 1, found 0'),
    (dict(fast=1.5), 'fast must be one of True, False, found 1.5')])
def test_what_it_cannot_be_combined_with(options, message):
    with pytest.raises(UserError, match=message):
        AdvBN(without_dropout(), '0', **{'fast': True, **options})


@pytest.mark.parametrize('num_steps, expected', [(1, 1), (2, 1), (3, 2), (6, 3)])
def test_half_as_many_steps_reach_as_far(num_steps, expected):
    attack = fast_attack(num_steps, 0.2)
    assert attack.num_steps == expected and attack.free_step
    assert attack.num_steps * attack.step_size == pytest.approx(0.2 * num_steps)


@pytest.mark.parametrize('features, expected', [
    (dict(avx512_bf16=True), True), (dict(avx512_bf16=False, amx_bf16=True), True), (dict(avx512_f=True), False)])
def test_bfloat16_is_for_processors_that_multiply_it(monkeypatch, features, expected):
    monkeypatch.setattr(torch.cpu, 'get_capabilities', lambda: features, raising=False)
    device = torch.device('cpu')
    assert multiplies_bfloat16(device) == expected
    assert dtype_of(FAST, device) == (torch.bfloat16 if expected else None)
    assert dtype_of(None, device) is None and dtype_of('fp32', device) == torch.float32

"""What becomes of the model, its optimiser and its state, while AdvBN is attached and after."""
import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, AdversarialTraining, Split
from advbn_seg.adversarial.attack import Attack
from advbn_seg.errors import UserError
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation

from .reference import ATTACK, attached, halves, losses


def test_the_prefix_is_frozen_also_after_train(batch):
    model, advbn = attached()
    model.train()
    before = copy.deepcopy(model[0].state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=1., weight_decay=1.)
    sum(losses(model, advbn, batch)).backward()
    optimizer.step()
    for name, value in model[0].state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


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


def test_state_holds_what_was_decided_on_the_first_batch(batch):
    model, advbn = attached(attack_every=2)
    losses(model, advbn, batch)
    _, other = attached(attack_every=2)
    other.load_state_dict(advbn.state_dict())
    assert other.perturbation.clamp is True
    assert torch.equal(other.delta_mean, advbn.delta_mean)


def test_a_model_prints_where_it_is_perturbed_and_which_norms_run(batch):
    model, advbn = attached(per_image=True)
    assert 'AdvBN with ChannelStatistics(eps=0.5, per_image=True' in repr(model[0])
    assert "DualNorm(\n      branch='main'" in repr(model)
    assert repr(advbn).startswith('AdvBN at 0: froze 2 modules, 2 auxiliary norms, ChannelStatistics(')
    advbn.remove()
    assert 'AdvBN' not in repr(model)


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


class Functional(nn.Module):
    """Reads its norm instead of calling it."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x):
        norm = self.norm
        return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.training)


def test_a_norm_that_is_read_and_not_called_learns_from_no_ascent():
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Conv2d(3, 4, 1), Functional(), nn.Flatten(), nn.LazyLinear(2)), torch.randn(4, 3, 2, 2)
    model(x)
    model[1].norm.reset_running_stats()
    AdvBN(model, '0', num_steps=3, step_size=1e-9).losses(lambda: F.cross_entropy(model(x), torch.arange(4) % 2))
    torch.testing.assert_close(model[1].norm.aux.running_mean, model[1].norm.main.running_mean)


def test_a_loss_in_the_place_of_a_closure_and_a_class_in_that_of_a_perturbation():
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match='takes a function that runs the model, and was given a Tensor: write lambda:'):
        AdvBN(model, '0').losses(torch.zeros(()))
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match='object of a subclass of Perturbation, found <class .*NormalizationPert'):
        AdversarialTraining(model, Split(model, '0'), [NormalizationPerturbation], Attack(1, 0.2))

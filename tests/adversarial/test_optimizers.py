"""Optimisers and auxiliary norms."""
import gc
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN
from advbn_seg.errors import UserError

from .reference import batch, halves
from .test_checks import step


@pytest.mark.parametrize('optimizer', [torch.optim.SGD, torch.optim.AdamW])
@pytest.mark.parametrize('kind', ['foreach', 'fused'])
def test_an_optimiser_without_the_auxiliary_norms(optimizer, kind):
    model = nn.Sequential(*halves())
    early = optimizer(model.parameters(), lr=0.1, **{kind: True})
    advbn = AdvBN(model, '0')
    for _ in range(2):  # the first has not stepped yet
        sum(step(model, advbn)).backward()
    early.step()
    with pytest.raises(UserError, match='the optimiser does not train the auxiliary norms'):
        step(model, advbn)
    advbn.add_auxiliary_norms_to(early)
    early.step()
    step(model, advbn)


def test_an_optimiser_with_names_of_its_parameters_gets_those_of_the_auxiliary_norms():
    model = nn.Sequential(*halves())
    early = torch.optim.SGD(model.named_parameters(), lr=0.1)
    AdvBN(model, '0').add_auxiliary_norms_to(early)
    group, = early.param_groups
    names = {parameter: name for name, parameter in model.named_parameters()}
    added = group['params'][-1]
    assert len(group['param_names']) == len(group['params']) and group['param_names'][-1] == names[added]
    assert '.aux.' in names[added]


def test_a_fused_optimiser_that_has_stepped_gets_them_as_any_other():
    trained = []
    for options in dict(fused=True), dict(foreach=False):
        torch.manual_seed(0)
        model = nn.Sequential(*halves())
        early = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, **options)
        x, y = batch()
        F.cross_entropy(model(x), y).backward()
        early.step()
        advbn = AdvBN(model, '0')
        advbn.add_auxiliary_norms_to(early)
        for _ in range(2):
            early.zero_grad()
            sum(step(model, advbn)).backward()
            early.step()
        trained.append(torch.cat([parameter.flatten() for parameter in model.parameters()]))
    torch.testing.assert_close(*trained)


def test_main_and_auxiliary_norms_may_have_an_optimiser_each():
    model = nn.Sequential(*halves())
    early = torch.optim.SGD(model.parameters(), lr=0.1)
    advbn = AdvBN(model, '0')
    rest = torch.optim.SGD([parameter for name, parameter in model.named_parameters() if '.aux.' in name], lr=0.1)
    for _ in range(3):
        sum(step(model, advbn)).backward()
        for optimizer in early, rest:
            optimizer.step()
            optimizer.zero_grad()


def test_the_check_keeps_no_model_alive():
    model = nn.Sequential(*halves())
    advbn, kept = AdvBN(model, '0'), weakref.ref(model)
    del model, advbn
    gc.collect()
    assert kept() is None


def test_a_warm_up_by_the_clean_loss_alone_is_no_mistake():
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0')
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        step(model, advbn)[0].backward()
        optimizer.step()
        optimizer.zero_grad()
    for _ in range(2):
        sum(step(model, advbn)).backward()
        optimizer.step()
    step(model, advbn)


def test_each_auxiliary_norm_is_looked_at_on_its_own():
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0')
    whole = torch.optim.SGD(model[1][1].parameters(), lr=0.1)
    part = torch.optim.SGD(model[1][5].main.parameters(), lr=0.1)
    sum(step(model, advbn)).backward()
    whole.step()
    part.step()
    with pytest.raises(UserError, match=r'does not train the auxiliary norms of 1\.5: make it after AdvBN'):
        step(model, advbn)
    advbn.add_auxiliary_norms_to(part)
    step(model, advbn)


def test_a_skipped_adversarial_step_between_plain_ones_is_no_mistake():
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0')
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = batch()
    for skipped in True, True, False, False:
        sum(step(model, advbn)).backward()
        if not skipped:  # as GradScaler does at an overflow
            optimizer.step()
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()


def test_auxiliary_norms_with_a_group_of_their_own_stay_in_it():
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0')
    own = [parameter for name, parameter in model.named_parameters() if '.aux.' in name]
    rest = [parameter for name, parameter in model.named_parameters() if '.aux.' not in name]
    for groups in ([rest, own], [own, rest]):
        optimizer = torch.optim.SGD([dict(params=list(group)) for group in groups], lr=0.1)
        advbn.add_auxiliary_norms_to(optimizer)
        assert [len(group['params']) for group in optimizer.param_groups] == list(map(len, groups))

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN
from advbn_seg.adversarial.consistency import Consistency, jensen_shannon
from advbn_seg.errors import UserError


def test_the_divergence_is_that_of_the_formula():
    first, second = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).unbind()
    first, second = first[None], second[None]
    p, q = first.float().softmax(1), second.float().softmax(1)
    middle = (p + q) / 2
    expected = ((p * (p / middle).log()).sum(1) + (q * (q / middle).log()).sum(1)).mean() / 2
    torch.testing.assert_close(jensen_shannon(first, second), expected)


def test_the_divergence_ends_at_log_2():
    sure = torch.tensor([[200., 0.]])
    assert jensen_shannon(sure, -sure).item() == pytest.approx(math.log(2))
    assert jensen_shannon(sure, sure).item() == 0


def attached(consistency, **options):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1), nn.BatchNorm2d(2))
    x, y = torch.randn(2, 3, 4, 4), torch.zeros(2, 4, 4, dtype=torch.long)
    return AdvBN(model, '1', consistency=consistency, **options), lambda: F.cross_entropy(model(x), y)


@pytest.mark.parametrize('backward', [None, torch.Tensor.backward], ids=['both graphs', 'clean first'])
def test_the_loss_is_added_to_the_adversarial_one(backward):
    plain, closure = attached(None)
    _, without = plain.losses(closure, backward)
    training, closure = attached(('3', 10.))
    _, loss = training.losses(closure, backward)
    assert loss.item() > without.item()
    loss.backward()
    assert torch.equal(training.delta_mean, plain.delta_mean)  # the ascent does not see it


def test_a_dict_of_losses_gets_one_more():
    training, closure = attached(('3', 10.))
    clean, adversarial = training.losses(lambda: dict(loss_ce=closure()))
    assert list(clean) == ['loss_ce'] and list(adversarial) == ['loss_ce', 'loss_consistency']


@pytest.mark.parametrize(('clean', 'perturbed'), [([], []), ([torch.zeros(2, 3)], [torch.zeros(1, 3)])],
                         ids=['did not run', 'another batch'])
def test_a_layer_without_logits_of_both_passes_is_named(clean, perturbed):
    consistency = Consistency(nn.Sequential(nn.ReLU()), '0', 1.)
    with pytest.raises(UserError, match="consistency needs logits of both passes from layer '0'"):
        consistency(clean, perturbed)


@pytest.mark.parametrize(('consistency', 'message'), [
    (('3', 0), 'consistency weight must be positive, found 0'), (('nowhere', 1.), "'nowhere'")])
def test_bad_arguments(consistency, message):
    with pytest.raises(UserError, match=message):
        attached(consistency)

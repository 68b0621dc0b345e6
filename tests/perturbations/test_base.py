"""What is said of a perturbation of one's own that breaks the interface."""
import pytest
import torch
from torch import nn

from advbn_seg.adversarial.attack import Attack
from advbn_seg.adversarial.training import AdversarialTraining
from advbn_seg.errors import UserError
from advbn_seg.network.insertion import Insertion
from advbn_seg.network.split import Split
from advbn_seg.perturbations.base import Perturbation

X = torch.rand(2, 3, 4, 4)


class Scaled(Perturbation):
    def draw(self, maps):
        return [torch.ones(len(maps[0]), 1, 1, 1)]  # a list will do

    def apply(self, maps, *variables):
        return tuple(feature * variables[0] for feature in maps)

    def project(self, variable):
        return variable


class Pooled(Scaled):
    def apply(self, maps, *variables):
        return tuple(nn.functional.avg_pool2d(feature, 2) for feature in super().apply(maps, *variables))


class OneMap(Scaled):
    def apply(self, maps, *variables):
        return maps[0] * variables[0]


class OneVariable(Scaled):
    def draw(self, maps):
        return torch.ones(len(maps[0]), 1, 1, 1)


class Detached(Scaled):
    def apply(self, maps, *variables):
        return super().apply(maps, *(each.detach() for each in variables))


def network():
    return nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1), nn.AdaptiveAvgPool2d(1))


def losses(perturbation):
    model = network()
    training = AdversarialTraining(model, Split(model, '0'), [perturbation], Attack(1, 0.1))
    return training.losses(lambda: model(X).sum())


def test_variables_may_be_a_list():
    assert len(losses(Scaled())) == 2
    assert Scaled()((X,))[0].equal(X)


@pytest.mark.parametrize('perturbation, said', [
    (Pooled(), r'given \(2, 3, 4, 4\) and returned \(2, 3, 2, 2\)'), (OneMap(), 'and returned Tensor'),
    (OneVariable(), r'OneVariable.draw must return a tuple of tensors, such as \(scale,\), found a Tensor')])
def test_what_breaks_the_interface_is_told(perturbation, said):
    with pytest.raises(UserError, match=said):
        losses(perturbation)
    model = network()
    Insertion(model, ['0'], perturbation, probability=1)
    with pytest.raises(UserError, match=said):
        model(X)


def test_an_adversary_that_does_not_use_its_variables():
    with pytest.raises(UserError, match='or, with a perturbation of your own, have its apply use each variable'):
        losses(Detached())

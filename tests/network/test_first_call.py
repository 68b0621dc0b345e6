"""A layer that runs for pseudo-labels first, in each frame."""
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, AdversarialTraining
from advbn_seg.adversarial.attack import Attack
from advbn_seg.errors import UserError
from advbn_seg.network.input_split import InputSplit
from advbn_seg.network.insertion import Insertion
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation

from ..adversarial.reference import attached, batch, halves


def pseudo_labels(model, x):
    with torch.no_grad():
        labels = model(x).argmax(1)
    return F.cross_entropy(model(x), labels)


@pytest.mark.parametrize('num_steps', [0, 1])
def test_a_first_call_without_gradients(num_steps):
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0', num_steps)
    with pytest.raises(UserError, match="layer '0' runs without gradients first, as for pseudo-labels, .* before the"):
        advbn.losses(lambda: pseudo_labels(model, batch()[0]))


def test_a_first_call_of_images_without_gradients():
    model = nn.Sequential(*halves())
    frame = AdversarialTraining(model, InputSplit(model, '0'), [NormalizationPerturbation()], Attack(0, 0.2))
    with pytest.raises(UserError, match="layer '0' runs without gradients first"):
        frame.losses(lambda: pseudo_labels(model, batch()[0]))


def test_a_prefix_that_never_has_gradients_may_be_perturbed():
    x, y = batch()
    model, advbn = attached()

    def closure():
        with torch.no_grad():
            feature = model[0](x)
        return F.cross_entropy(model[1](feature), y)

    advbn.losses(closure)
    assert (advbn.delta_mean - 1).abs().min() > 0.1


def test_a_first_call_without_gradients_is_refused_before_one_with_them():
    x = torch.ones(1, 1, 1, 3)
    model = nn.Sequential(nn.Identity(), nn.Flatten())

    def twice(x):
        with torch.no_grad():
            model[0](x)
        return forward(x)

    forward = model.forward
    model.forward = twice
    Insertion(model, ['0'], lambda maps: tuple(2 * each for each in maps), probability=1)
    with pytest.raises(UserError, match="layer '0' runs without gradients first, as for pseudo-labels"):
        model(x)
    with torch.no_grad():
        assert model(x).tolist() == [[2., 2., 2.]]

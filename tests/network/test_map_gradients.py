import pytest
import torch
from torch import nn

from advbn_seg.network.map_gradients import MapGradients


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True), nn.Conv2d(4, 2, 1))


def test_gradients_are_those_of_the_maps_before_what_changes_them_in_place(model):
    x = torch.randn(2, 3, 4, 4)
    feature = model[0](x).detach().requires_grad_()
    expected, = torch.autograd.grad(model[2](feature.relu()).square().sum(), feature)
    for backpropagated in (True, False):
        gradients = MapGradients([model[0], model[2]])
        with gradients.watch():
            output = model(x)
        loss = output.square().sum()
        if backpropagated:
            loss.backward()
        else:
            gradients.compute(loss)
        (first,), (last,) = gradients.found()
        torch.testing.assert_close(first, expected)
        torch.testing.assert_close(last, 2 * output)
        assert (model[0].weight.grad is None) == (not backpropagated)
        model.zero_grad()


def test_a_frozen_layer_has_gradients_too(model):
    model.requires_grad_(False)
    gradients = MapGradients([model[0]])
    with gradients.watch():
        model(torch.randn(2, 3, 4, 4)).sum().backward()
    (first,), = gradients.found()
    assert first.shape == (2, 4, 4, 4) and first.abs().sum() > 0


def test_maps_that_a_loss_does_not_depend_on(model):
    gradients = MapGradients([model[0], model[2]])
    with gradients.watch():
        model(torch.randn(2, 3, 4, 4))
    gradients.compute(model[2].weight.sum())
    assert gradients.found() is None
    with gradients.watch():
        loss = model[0](torch.randn(2, 3, 4, 4)).sum() + 0 * model[2].weight.sum()
        model[2](torch.randn(2, 4, 4, 4))
    gradients.compute(loss)
    (first,), (last,) = gradients.found()
    assert (first == 1).all() and (last == 0).all()

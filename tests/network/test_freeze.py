import pytest
import torch
from torch import nn

from advbn_seg.network.freeze import (
    FrozenModules,
    behaves_differently_in_training,
    buffers_put_back,
    eval_mode,
    is_inert,
    without_gradients,
)


def network():
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))


def trainable(model):
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def test_frozen_modules_stay_in_eval_mode_after_train_and_the_rest_trains():
    model, x = network(), torch.randn(2, 3, 4, 4)
    FrozenModules(model[:3])
    model.train()
    expected = model[0](x) / (1 + model[1].eps) ** 0.5  # the statistics of a new norm, and nothing dropped
    torch.testing.assert_close(model[:3](x), expected)
    model(x)
    assert model[1].num_batches_tracked == 0 and model[4].num_batches_tracked == 1
    assert trainable(model) == ['3.weight', '3.bias', '4.weight', '4.bias']


def test_a_name_freezes_nothing_that_trains():
    class RaindropEncoder(nn.Sequential):
        pass

    model = RaindropEncoder(nn.BatchNorm2d(3), nn.BatchNorm2d(3))
    FrozenModules([model, model[0]])  # as a split after the first norm has it
    model.train()(torch.randn(2, 3, 4, 4))
    assert model.training and [norm.num_batches_tracked.item() for norm in model] == [0, 1]


class OwnNorm(nn.Module):
    """A batch norm of nobody's class."""

    def __init__(self):
        super().__init__()
        self.register_buffer('running_mean', torch.zeros(1))

    def forward(self, x):
        if self.training:
            self.running_mean += 1
        return x


def test_a_norm_of_ones_own_is_told_by_its_statistics():
    model = nn.Sequential(OwnNorm(), OwnNorm())
    FrozenModules([model[0]])
    model.train()
    model(torch.ones(1))
    with eval_mode(filter(behaves_differently_in_training, model)):
        model(torch.ones(1))
    assert [norm.running_mean.item() for norm in model] == [0, 1]


@pytest.mark.parametrize('module, inert', [
    (nn.Dropout(0.), True), (nn.Dropout(), False), (nn.BatchNorm2d(3), False), (nn.RReLU(), False)])
def test_dropout_with_a_rate_of_0_is_inert(module, inert):
    assert behaves_differently_in_training(module) and is_inert(module) == inert


def test_an_optimizer_leaves_frozen_parameters_alone_also_where_they_have_a_gradient():
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=1., momentum=0.9, weight_decay=1.)
    model(torch.randn(2, 3, 4, 4)).square().sum().backward()
    before = model[0].weight.detach().clone()
    FrozenModules([model[0]])
    optimizer.step()
    assert torch.equal(model[0].weight, before)


def test_what_was_frozen_before_stays_so_when_ours_is_removed():
    model = network()
    model[0].bias.requires_grad_(False)
    model[4].eval()
    frozen = FrozenModules(model)
    assert trainable(model) == []
    frozen.remove()
    assert trainable(model) == ['0.weight', '1.weight', '1.bias', '3.weight', '3.bias', '4.weight', '4.bias']
    model.train()
    model(torch.randn(2, 3, 4, 4))
    assert model[1].num_batches_tracked == 1


def test_parameters_that_were_put_in_their_places_train_when_ours_is_removed():
    model = network()
    frozen = FrozenModules(model)
    model.load_state_dict(network().state_dict(), assign=True)
    frozen.remove()
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_buffer_that_was_expanded_stays():
    model = network()
    model.register_buffer('weights', torch.ones(1).expand(2))
    with buffers_put_back(model.modules()):
        model(torch.randn(2, 3, 4, 4))
    assert model.weights.tolist() == [1, 1] and model[1].num_batches_tracked == 0


def test_contexts_end_with_an_error_too():
    model = network()
    model[1].eval()
    model[0].weight.requires_grad_(False)
    before = trainable(model)
    with pytest.raises(RuntimeError), eval_mode(model), without_gradients(model.parameters()):
        assert trainable(model) == [] and not any(module.training for module in model)
        raise RuntimeError
    assert trainable(model) == before
    assert [module.training for module in model] == [True, False, True, True, True]

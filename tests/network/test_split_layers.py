"""Which layers a model can be split at, and what they may return."""
import pytest
import torch
from torch import nn

from advbn_seg.adversarial import Split
from advbn_seg.errors import UserError
from tests.network.test_split import Counting, Skipping


@pytest.mark.parametrize('layer, message', [
    ('layer9', "layer 'layer9' is not a module of Skipping; close names: layer"),
    ('', "layer '' is not a module of Skipping"),
    ('xyz', 'close names: stem, layer, relu, decoder'),
    ('decoder', "no parameters are left to train after layer 'decoder'"),
])
def test_layers_that_cannot_serve(layer, message):
    with pytest.raises(ValueError, match=message):
        Split(Skipping(), layer)


def test_a_list_of_layers_is_refused():
    model = nn.Module()
    model.blocks = nn.ModuleList([nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)])
    with pytest.raises(ValueError, match="'blocks' is a ModuleList, .* choose one of blocks.0, blocks.1"):
        Split(model, 'blocks')


def test_a_trace_that_does_not_reach_the_layer_leaves_the_registered_order():
    model = Skipping()
    assert Split(model, 'layer', trace=lambda: None).prefix == Split(model, 'layer').prefix


def test_layer_that_does_not_run():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1))
    split = Split(model, '0')
    with pytest.raises(ValueError, match="layer '0' did not run in the forward pass"), split.record():
        model[1](torch.randn(1, 4, 4, 4))


@pytest.mark.parametrize('output, found', [
    (lambda x: x.flatten(1), r'a tensor of shape \(2, 48\)'),
    (lambda x: (x.flatten(1), 2), 'tuple'),
    (lambda x: x.int(), 'a tensor of shape'),
])
def test_layer_without_a_feature_map(output, found):
    class Layer(nn.Module):
        def forward(self, x):
            return output(x)

    model = nn.Sequential(Layer(), nn.Linear(48, 2))
    split = Split(model, '0')
    with pytest.raises(ValueError, match=f"layer '0' returns {found}.* a feature map"), split.record():
        model(torch.randn(2, 3, 4, 4))


class Branches(nn.Module):
    """Two maps and a number in, the same out, changed; the list that it is given loses its first map."""

    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList([Counting(4, 4, 1), Counting(4, 4, 1)])

    def forward(self, maps, size):
        return [self.branches[0](maps.pop(0)), self.branches[1](maps[0])], size


class TwoBranches(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.first, self.second, self.third = Counting(3, 4, 1), Branches(), Branches(), Branches()

    def forward(self, x):
        x = self.stem(x)
        maps, size = self.first([x, x[..., ::2, ::2]], x.shape[-1])
        early = sum(maps[:1])
        maps, size = self.second(maps, size)
        (one, two), size = self.third(maps, size)
        return early + one + nn.functional.interpolate(two, size=size)


def test_a_layer_may_return_several_maps():
    torch.manual_seed(0)
    model, x = TwoBranches(), torch.randn(2, 3, 8, 8)
    split = Split(model, 'second')
    expected = model(x)
    with split.record():
        torch.testing.assert_close(model(x), expected)
    assert [tuple(feature.shape) for feature in split.features] == [(2, 4, 8, 8), (2, 4, 4, 4)]
    for _ in range(2):
        with split.replay(split.features):
            torch.testing.assert_close(model(x), expected)
    with split.replay([split.features[0], torch.zeros_like(split.features[1])]):
        assert not torch.allclose(model(x), expected)
    assert model.first.branches[0].calls == model.second.branches[1].calls == 2
    assert model.third.branches[0].calls == 5


class ToLast(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1)


def channels_last(channels):
    return nn.Sequential(nn.Conv2d(3, channels, 1), ToLast(), nn.LayerNorm(channels), nn.GELU(),
                         nn.Linear(channels, 4))


@pytest.mark.parametrize('layer', ['2', '3'])
@pytest.mark.parametrize('channels', [4, 8])  # the latter as many as rows and columns
def test_a_channels_last_map_wants_to_be_told(layer, channels):
    model = channels_last(channels)
    split = Split(model, layer)
    refusal = pytest.raises(UserError, match=rf"layer '{layer}' returns a map \(2, 8, 8, {channels}\) that seems .*=-1")
    with refusal, split.record():
        model(torch.randn(2, 3, 8, 8))
    assert Split(model, layer, channel_dim=1).features == ()
    with pytest.raises(UserError, match='channel_dim must be 1 .* found 3'):
        Split(model, layer, channel_dim=3)


@pytest.mark.parametrize('channels', [4, 8])
def test_a_channels_last_map_is_given_channels_first(channels):
    torch.manual_seed(0)
    model, x = channels_last(channels), torch.randn(2, 3, 8, 8)
    split = Split(model, '3', channel_dim=-1)
    with split.record():
        expected = model(x)
    feature, = split.features
    assert feature.shape == (2, channels, 8, 8)
    torch.testing.assert_close(feature.permute(0, 2, 3, 1), model[:4](x))
    with split.replay([feature.clone()]):
        torch.testing.assert_close(model(x), expected)


def test_containers_that_run_are_layers():
    class Stages(nn.ModuleDict):
        def forward(self, x):
            for stage in self.values():
                x = stage(x)
            return x

    model, x = nn.Sequential(Stages(dict(a=nn.Conv2d(3, 4, 1))), nn.Conv2d(4, 4, 1)), torch.randn(1, 3, 4, 4)
    split = Split(model, '0')
    with split.record():
        model(x)
    torch.testing.assert_close(split.features, (model[0](x),))
    with pytest.raises(UserError, match='layer \'a\' is a ModuleList, which does not run itself; choose one of a.0'):
        Split(nn.ModuleDict(dict(a=nn.ModuleList([nn.Linear(1, 1)]))), 'a')


@pytest.mark.parametrize('layer, found', [(None, 'found nothing'), (nn.ReLU(), 'found a ReLU'), (3, 'found a int')])
def test_a_layer_is_named_by_its_path(layer, found):
    with pytest.raises(UserError, match=f"a layer is named by its path .*, {found}"):
        Split(nn.Sequential(nn.Linear(1, 1)), layer)

"""Where AdvBN can sit: layers of several maps, several layers, tokens, channels first or last."""
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, AdversarialTraining, DualNorm, shift_statistics
from advbn_seg.adversarial.attack import Attack
from advbn_seg.errors import UserError
from advbn_seg.network.split import Split
from advbn_seg.perturbations.channel_statistics import ChannelStatistics

from .reference import ATTACK, attached, halves, losses


class Pyramid(nn.Module):
    """A stem that returns two maps, of which its parent may use one only."""

    def __init__(self, both=True):
        super().__init__()
        self.stem = nn.ModuleList([nn.Conv2d(3, 4, 1), nn.Conv2d(3, 6, 1, stride=2)])
        self.maps = Maps(self.stem)
        self.heads = nn.ModuleList([nn.Conv2d(4, 2, 1), nn.Conv2d(6, 2, 1)])
        self.both = both

    def forward(self, x):
        outputs = [head(feature).square().mean() for head, feature in zip(self.heads, self.maps(x)['maps'])]
        return sum(outputs) if self.both else outputs[0]


class Maps(nn.Module):
    def __init__(self, convs):
        super().__init__()
        self.convs = convs

    def forward(self, x):
        return dict(maps=[conv(x) for conv in self.convs], size=x.shape)


@pytest.mark.parametrize('both', [True, False])
def test_every_map_of_a_layer_is_shifted_by_deltas_of_its_own(batch, both):
    torch.manual_seed(0)
    model = Pyramid(both)
    advbn = AdvBN(model, 'maps', **ATTACK)
    seen = [[], []]
    for inputs, head in zip(seen, model.heads):
        head.register_forward_pre_hook(lambda module, args, inputs=inputs: inputs.append(args[0].detach()))
    clean, adversarial = advbn.losses(lambda: model(batch[0]))
    assert adversarial > clean
    assert advbn.delta_mean.shape == advbn.delta_std.shape == (10,)
    for inputs, mean, std in zip(seen, advbn.delta_mean.split([4, 6]), advbn.delta_std.split([4, 6])):
        torch.testing.assert_close(inputs[-1], shift_statistics(inputs[0], mean, std))
    assert (advbn.delta_mean[4:] == 1).all() == (not both)  # what no loss depends on stays


def test_a_layer_that_no_loss_depends_on(batch):
    model = Pyramid()
    advbn = AdvBN(model, 'maps', **ATTACK)
    with pytest.raises(ValueError, match="no loss depends on what layer 'maps' returns"):
        advbn.losses(lambda: [model(batch[0]), model.heads[0](torch.ones(1, 4, 1, 1)).sum()][1])


@pytest.mark.parametrize('layer, options', [('spare', dict(train_prefix=True)), (['stem', 'spare'], {})])
def test_a_layer_among_others_that_no_loss_depends_on(batch, layer, options):
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.spare, self.head = (nn.Conv2d(channels, 4, 1) for channels in (3, 4, 4))

        def forward(self, x):
            x = self.stem(x)
            self.spare(x)
            return self.head(x).square().mean()

    model = Spare()
    with pytest.raises(UserError, match="no loss depends on what layer 'spare' returns: choose another layer"):
        AdvBN(model, layer, **options).losses(lambda: model(batch[0]))


def test_there_is_one_perturbation_for_each_layer():
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match=r'1 perturbations were given for 2 layers \(0, 1.2\): give one for each'):
        AdversarialTraining(model, Split(model, '0'), [ChannelStatistics()], Attack(1, 0.2), later=['1.2'])


def test_several_layers_are_attacked_at_once(batch):
    torch.manual_seed(0)
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, ['0', '1.2'], **ATTACK)
    seen = {'0': [], '1.2': []}
    model[1][0].register_forward_pre_hook(lambda module, args: seen['0'].append(args[0].detach()))
    model[1][3].register_forward_pre_hook(lambda module, args: seen['1.2'].append(args[0].detach()))
    clean, adversarial = losses(model, advbn, batch)
    (clean + adversarial).backward()
    first, second = advbn.attack.variables
    assert advbn.delta_mean.shape == (16,) and set(advbn.summary()) == {
        'shift_mean.0', 'shift_std.0', 'shift_mean.1.2', 'shift_std.1.2'}
    torch.testing.assert_close(seen['0'][-1], shift_statistics(seen['0'][-5], *first).relu())
    with advbn.branch('aux'):
        before = model[1][2](model[1][1](model[1][0](seen['0'][-1])))
    torch.testing.assert_close(seen['1.2'][-1], shift_statistics(before, *second).relu())
    assert {advbn.perturbations[0].clamp, advbn.perturbations[1].clamp} == {True}
    assert (second[0] != 1).all()


def test_layers_are_named_in_the_order_they_run():
    with pytest.raises(UserError, match="layer '0.1' runs before the first layer '1.2'"):
        AdvBN(nn.Sequential(*halves()), ['1.2', '0.1'])
    with pytest.raises(UserError, match="layer '1' holds the first layer '1.2': name layers of which none is inside"):
        AdvBN(nn.Sequential(*halves()), ['1.2', '1'])
    with pytest.raises(UserError, match='at least one layer, found none'):
        AdvBN(nn.Sequential(*halves()), [])


@pytest.mark.parametrize('num_steps', [0, 1])
def test_a_later_layer_may_be_a_norm_that_gets_an_auxiliary_one(batch, num_steps):
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, ['0', '1.1'], num_steps, 0.2, 0.5, clamp=False)
    given, returned = [], []
    model[1][1].aux.register_forward_hook(lambda module, args, output: returned.append(output.detach()))
    model[1][2].register_forward_pre_hook(lambda module, args: given.append(args[0].detach()))
    losses(model, advbn, batch)
    torch.testing.assert_close(given[-1], shift_statistics(returned[-1], *advbn.attack.variables[1]))
    assert not torch.equal(given[-1], returned[-1])


def test_a_later_layer_is_no_part_of_a_norm():
    class ActiveNorm(nn.BatchNorm2d):
        def __init__(self):
            super().__init__(8)
            self.act = nn.PReLU()

    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), ActiveNorm())
    with pytest.raises(UserError, match="layer '2.act' is inside of a norm, which gets an auxiliary one: name the nor"):
        AdvBN(model, ['0', '2.act'])
    assert not any(isinstance(module, DualNorm) for module in model.modules())
    assert AdvBN(model, ['0', '2.act'], auxiliary=False).layers == ['0', '2.act']


def test_a_state_of_other_layers_is_refused():
    state = AdvBN(nn.Sequential(*halves()), ['0', '1.2']).state_dict()
    with pytest.raises(UserError, match=r'the state is that of 2 layers, but there are 1 \(0\): resume with'):
        attached()[1].load_state_dict(state)


def test_a_later_layer_must_run_after_the_first_and_return_maps(batch):
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match="layer '1.9' did not run after layer '0', or returned no feature map"):
        losses(model, AdvBN(model, ['0', '1.9']), batch)


class Last(nn.Module):
    """Two blocks whose maps have their channels last."""

    def __init__(self):
        super().__init__()
        self.stem, self.one, self.two, self.head = (nn.Linear(size, 4) for size in (3, 4, 4, 4))

    def forward(self, x):
        return self.head(self.two(self.one(self.stem(x.movedim(1, -1))))).mean((1, 2))


def test_a_map_of_a_signal_is_not_taken_for_tokens():
    def network():
        return nn.Sequential(nn.Conv1d(3, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ReLU(), nn.Conv1d(8, 2, 3))

    x = torch.randn(4, 3, 50)
    model = network()
    with pytest.raises(UserError, match=r"layer '2' returns a map \(4, 8, 50\) that seems to be \(B, C, L\), but"):
        advbn = AdvBN(model, '2')
        advbn.losses(lambda: model(x).mean())
    model = network()
    advbn = AdvBN(model, '2', channel_dim=1)
    advbn.losses(lambda: model(x).mean())
    assert advbn.delta_mean.shape == (50,)


def token_network(images_first=False):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0., batch_first=images_first)
    return nn.Sequential(nn.Linear(6, 8), nn.TransformerEncoder(layer, 2, enable_nested_tensor=False))


def test_a_layer_that_returns_indices_too(batch):
    class Indexed(nn.Sequential):
        def forward(self, x):
            return nn.Flatten()(self[1](self[0](x).flatten(2))[0])

    model = nn.Sequential(nn.Conv2d(3, 8, 3), Indexed(nn.ReLU(), nn.MaxPool1d(2, return_indices=True)),
                          nn.Linear(400, 5))
    clean, adversarial = losses(model, AdvBN(model, '0', **ATTACK), batch)
    assert adversarial > clean


def test_images_that_come_second_are_not_taken_for_tokens():
    model, x = token_network(), torch.randn(7, 2, 6)
    with pytest.raises(UserError, match=r"layer '0' returns a map \(7, 2, 8\) that seems to be \(N, B, C\), but"):
        AdvBN(model, '0', per_image=True).losses(lambda: model(x).square().mean())


def test_deltas_that_all_images_share_do_not_ask_which_dimension_is_theirs():
    x = torch.randn(7, 2, 6)

    def deltas(images_first):
        model = token_network(images_first)
        advbn = AdvBN(model, '0', channel_dim=1, clamp=False)
        tokens = x.transpose(0, 1) if images_first else x
        advbn.losses(lambda: model(tokens).square().mean() + model(tokens).abs().mean())
        assert (advbn.delta_mean != 1).all()
        return advbn.delta_mean

    torch.testing.assert_close(deltas(False), deltas(True))


def test_channel_dim_is_that_of_all_layers(batch):
    model = Last()
    with pytest.raises(UserError, match="layer 'one' returns a map .* seems channels-last"):
        losses(model, AdvBN(model, ['one', 'two']), batch)
    model = Last()
    advbn = AdvBN(model, ['one', 'two'], channel_dim=-1)
    losses(model, advbn, batch)
    assert [delta.shape for variables in advbn.attack.variables for delta in variables] == 4 * [(4,)]


def test_token_maps_and_layer_norm():
    model = token_network(images_first=True)
    advbn = AdvBN(model, '0', **ATTACK)
    x = torch.randn(2, 7, 6)
    clean, adversarial = advbn.losses(lambda: model(x).square().mean() + model(x).abs().mean())
    (clean + adversarial).backward()
    assert advbn.delta_mean.shape == (8,)
    assert advbn.perturbation.clamp is False  # a linear layer's output has negative values
    dual_norms = [module for module in model.modules() if isinstance(module, DualNorm)]
    assert len(dual_norms) == 4 and all(norm.aux.weight.grad is not None for norm in dual_norms)


def test_clamp_follows_the_features_range(batch):
    model, advbn = attached()
    losses(model, advbn, batch)
    assert advbn.perturbation.clamp is True  # the prefix ends in a ReLU


class Viewing(nn.Sequential):
    """A network that wants its last map in rows of pixels."""

    def forward(self, x):
        return super().forward(x).view(len(x), -1)


def test_features_are_channels_last_where_the_model_can_be_run_so(batch):
    x, y = batch
    for kind, layout in ((nn.Sequential, torch.channels_last), (Viewing, torch.contiguous_format)):
        torch.manual_seed(0)
        model, seen = kind(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5), nn.ReLU()), []
        advbn = AdvBN(model, '1', **ATTACK)
        advbn.channels_last = True
        model[2].register_forward_hook(lambda module, args, output, seen=seen: seen.append(output))
        clean, adversarial = advbn.losses(lambda model=model: F.cross_entropy(model(x).flatten(1), y))
        assert adversarial > clean
        assert all(each.is_contiguous(memory_format=layout) for each in seen[-5:])


def test_in_a_loop_of_ones_own_the_layout_stays_and_weights_can_be_viewed(batch):
    x, y = batch
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5), nn.ReLU())
    sum(AdvBN(model, '1', **ATTACK).losses(lambda: F.cross_entropy(model(x).flatten(1), y))).backward()
    nn.utils.parameters_to_vector(model.parameters())
    assert all(parameter.is_contiguous() for parameter in model.parameters())

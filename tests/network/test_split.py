import warnings

import pytest
import torch
from torch import nn

from advbn_seg.adversarial import Split
from advbn_seg.errors import UserError


class Counting(nn.Conv2d):
    calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x)


class Skipping(nn.Module):
    """An encoder-decoder whose decoder reads a feature from before the layer, with one ReLU used everywhere."""

    def __init__(self):
        super().__init__()
        self.stem = Counting(3, 4, 3, padding=1)
        self.layer = Counting(4, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.decoder = Counting(4, 4, 3, padding=1)

    def forward(self, x):
        stem = self.relu(self.stem(x))
        feature = self.relu(self.layer(stem))
        return self.relu(self.decoder(feature)) + stem


def test_replay_skips_the_prefix_and_gives_the_same_result():
    torch.manual_seed(0)
    model, x = Skipping(), torch.randn(2, 3, 8, 8)
    split = Split(model, 'layer')
    expected = model(x)
    with split.record():
        recorded = model(x)
    for _ in range(3):
        with split.replay([split.features[0].clone()]):
            torch.testing.assert_close(model(x), expected)
    torch.testing.assert_close(recorded, expected)
    assert (model.stem.calls, model.layer.calls, model.decoder.calls) == (2, 2, 5)
    model(x)
    assert model.stem.calls == 3  # the model is as it was


def test_replayed_feature_is_what_the_suffix_sees():
    torch.manual_seed(0)
    model, x = Skipping(), torch.randn(2, 3, 8, 8)
    split = Split(model, 'layer')
    with split.record():
        model(x)
    other = torch.randn_like(split.features[0])
    with split.replay([other.clone()]):
        result = model(x)
    with torch.no_grad():
        expected = model.decoder(other.relu()).relu() + model.stem(x).relu()
    torch.testing.assert_close(result, expected)


def test_suffix_may_change_the_feature_in_place():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 1))
    split = Split(model, '0')
    x = torch.randn(2, 3, 4, 4)
    with split.record():
        model(x)
    torch.testing.assert_close(split.features, (model[0](x),))


def test_changing_the_prefix_in_place_is_refused():
    class Model(Skipping):
        def forward(self, x):
            stem = self.stem(x)
            feature = self.layer(stem)
            stem += 1
            return self.decoder(feature) + stem

    model, x = Model(), torch.randn(2, 3, 8, 8)
    model.requires_grad_(False)
    split = Split(model, 'layer')
    with split.record():
        model(x)
    refusal = pytest.raises(UserError, match="changes in place what a module before layer 'layer' returned")
    with refusal, split.replay(split.features):
        pass


def test_sides():
    model = Skipping()
    split = Split(model, 'layer')
    assert model.stem in split.prefix and model.layer in split.prefix
    assert split.suffix == {model.relu, model.decoder}


class Reversed(nn.Module):
    """Registers its modules in the opposite of the order they run in."""

    def __init__(self):
        super().__init__()
        self.head, self.middle, self.stem = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.head(self.middle(self.stem(x)))


def test_run_order_is_traced():
    model, x = Reversed(), torch.randn(1, 3, 4, 4)
    split = Split(model, 'middle', trace=lambda: model(x))
    assert split.suffix == {model.head}
    with split.record():
        model(x)


def test_wrong_run_order_is_noticed():
    model, x = Reversed(), torch.randn(1, 3, 4, 4)
    split = Split(model, 'middle')
    with pytest.raises(ValueError, match='head, stem .*trace=lambda: model'), split.record():
        model(x)


class Dropping(nn.Module):
    """Registers its dropout first, and runs it last, or also before the layer ends."""

    def __init__(self, rate=0.5, shared=False):
        super().__init__()
        self.drop, self.shared = nn.Dropout(rate), shared
        self.stem, self.layer, self.head = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.stem(x)
        return self.head(self.drop(self.layer(self.drop(x) if self.shared else x)))


@pytest.mark.parametrize('shared', [False, True])
def test_dropout_that_is_registered_early_and_runs_late_is_noticed(shared):
    model, x = Dropping(shared=shared), torch.randn(1, 3, 4, 4)
    with pytest.raises(UserError, match='drop .*did not run in the order of registration.*trace='), \
            Split(model, 'layer').record():
        model(x)
    for allowed in (Split(model, 'layer', trace=lambda: model(x)), Split(Dropping(0, shared), 'layer')):
        with allowed.record():
            allowed._model(x)
    assert model.drop in Split(model, 'layer', trace=lambda: model(x)).suffix


def test_a_model_may_run_twice():
    model, x = Dropping(0.), torch.randn(1, 3, 4, 4)
    model.layer = nn.Sequential(nn.BatchNorm2d(4), nn.Dropout())
    with Split(model, 'layer').record():
        model(x)
        model(x)


def test_tracing_leaves_modes_and_statistics_alone():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1), nn.Dropout())
    model[3].eval()
    Split(model, '1', trace=lambda: model(torch.randn(2, 3, 4, 4)))
    assert [module.training for module in model] == [True, True, True, False]
    assert model[1].num_batches_tracked == 0


class Merging(nn.Conv2d):
    """Does more in `train` than to set its flag, as LoRA that merges its weights."""
    merged = False

    def train(self, mode=True):
        self.merged = not mode
        return super().train(mode)


def test_a_module_that_merges_its_weights_for_eval_is_told_of_training_again():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), Merging(4, 4, 1))
    Split(model, '1', trace=lambda: model(torch.randn(2, 3, 4, 4)))
    assert model[2].training and not model[2].merged


class Siamese(nn.Module):
    """Two images through one backbone, as in change detection; prototypes that are read and never called."""

    def __init__(self):
        super().__init__()
        self.prototypes = nn.ParameterList([nn.Parameter(torch.ones(2, 4))])
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
        self.head = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        features = self.head(self.stem(x) - self.stem(x.flip(-1)))
        return features.mean((2, 3)) @ self.prototypes[0].T


@pytest.mark.parametrize('traced', [False, True])
def test_a_layer_that_runs_twice_has_its_prefix(traced):
    model, x = Siamese(), torch.randn(2, 3, 4, 4)
    split = Split(model, 'stem', (lambda: model(x)) if traced else None)
    assert {model.stem, *model.stem.modules()} <= split.prefix and model.head in split.suffix


def test_parameters_that_nobody_calls_are_frozen_with_a_warning():
    model, x = Siamese(), torch.randn(2, 3, 4, 4)
    with pytest.warns(UserWarning, match="frozen without having run, as registered before layer 'stem': prototypes;"):
        with Split(model, 'stem').record(detach=True):
            model(x)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        with Split(model, 'stem').record():  # which trains the prefix
            model(x)

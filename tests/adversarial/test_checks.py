"""What would train something else without a word."""
import copy
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from advbn_seg.adversarial import AdvBN, AdversarialTraining, Insertion, Split
from advbn_seg.adversarial.attack import Attack
from advbn_seg.adversarial.checks import unchanged
from advbn_seg.errors import UserError
from advbn_seg.network.input_split import InputSplit
from advbn_seg.perturbations.adversarial_style_augmentation import AdversarialStyleAugmentation
from advbn_seg.perturbations.channel_statistics import ChannelStatistics
from advbn_seg.perturbations.image_statistics import ImageStatistics
from advbn_seg.perturbations.mixstyle import MixStyle
from advbn_seg.perturbations.moment_exchange import MomentExchange
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation

from ..network.test_freeze import OwnNorm
from .reference import attached, batch, halves


def step(model, advbn=None):
    x, y = batch()
    return (advbn or AdvBN(model, '0')).losses(lambda: F.cross_entropy(model(x), y))


@pytest.mark.parametrize('inserted_first', [True, False])
def test_an_insertion_in_the_same_model(inserted_first):
    model = nn.Sequential(*halves())
    advbn = None if inserted_first else AdvBN(model, '0')
    insertion = Insertion(nn.ModuleDict(dict(module=model)), ['module.1'], MixStyle())  # as a wrapper would hold it
    advbn = advbn or AdvBN(model, '0')
    with pytest.raises(UserError, match=r'an Insertion perturbs layers of the model.*: call remove\(\)'):
        step(model, advbn)
    insertion.remove()
    step(model, advbn)


def test_a_model_in_eval_mode():
    with pytest.raises(UserError, match=r'the model is in eval mode.*: call model.train\(\)'):
        step(nn.Sequential(*halves()).eval())


def test_without_gradients():
    with pytest.raises(UserError, match='a step needs gradients, but torch.no_grad'), torch.no_grad():
        step(nn.Sequential(*halves()))


@pytest.mark.parametrize('loss, message', [
    (lambda logits: F.cross_entropy(logits, batch()[1], reduction='none'), r'a tensor of shape \(8,\): take its mean'),
    (lambda logits: [logits.mean()], 'found a list'),
    (lambda logits: dict(acc=logits.mean()), "no key with 'loss' in it, found acc"),
    (lambda logits: dict(loss=logits.mean(), loss_weight=0.5), "a float in 'loss_weight', where a tensor was expected"),
    (lambda logits: dict(loss=[logits.mean(), None]), "a NoneType in 'loss', where a tensor was expected"),
])
def test_what_is_no_scalar_loss(loss, message):
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match=message):
        AdvBN(model, '0').losses(lambda: loss(model(batch()[0])))


def test_what_is_no_loss_may_be_a_list_of_numbers():
    model = nn.Sequential(*halves())
    x, y = batch()
    clean, _ = AdvBN(model, '0').losses(lambda: dict(loss=F.cross_entropy(model(x), y), shares=[0.5, 0.5]),
                                        backward=torch.Tensor.backward)
    assert clean['shares'] == [0.5, 0.5] and not clean['loss'].requires_grad


class Skipping(nn.Module):
    """Joins what comes before its layer with what comes after it, as a U-Net."""

    def __init__(self):
        super().__init__()
        self.stem, self.layer, self.head = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(8, 5, 1)

    def forward(self, x):
        x = self.stem(x)
        return self.head(torch.cat([x, self.layer(x)], 1)).mean((2, 3))


def test_a_subsampled_map_that_meets_a_whole_one():
    model = Skipping()
    with pytest.raises(UserError, match="subsample=2 makes the maps of layer 'layer' smaller than the .*: set subs"):
        step(model, AdvBN(model, 'layer', subsample=2))


@pytest.mark.parametrize('head, loss', [
    (nn.Sequential(nn.Flatten(), nn.Linear(4 * 12 * 12, 5)), lambda logits: logits.mean()),
    (nn.Identity(), lambda logits: F.cross_entropy(logits, torch.zeros(8, 12, 12, dtype=torch.long))),
    (nn.Flatten(0), lambda logits: F.cross_entropy(logits[:, None], torch.zeros(4608, dtype=torch.long))),
    (nn.Flatten(), lambda logits: F.cross_entropy(logits, torch.ones(8, 576) / 576)),
    (nn.Flatten(), lambda logits: F.binary_cross_entropy(logits.sigmoid(), torch.ones(8, 576)))])
def test_a_subsampled_map_that_a_layer_or_the_loss_cannot_take(head, loss):
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), head)
    advbn = AdvBN(model, '0', subsample=2)
    with pytest.raises(UserError, match="subsample=2 makes the maps of layer '0' smaller than the rest of the model"):
        advbn.losses(lambda: loss(model(batch()[0])))


class KeepingAList(nn.Module):
    """Calls its norm from a plain list, in which no auxiliary norm takes the norm's place."""

    def __init__(self):
        super().__init__()
        self.stem, self.bn, self.head = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 5, 1)
        self.layers = [self.bn, self.head]

    def forward(self, x):
        return nn.Sequential(*self.layers)(self.stem(x)).mean((2, 3))


def test_a_norm_that_runs_from_a_plain_list():
    model = KeepingAList()
    with pytest.raises(UserError, match="norm 'bn' runs without its auxiliary one.* leave plain lists of norms"):
        step(model, AdvBN(model, 'stem'))
    model = KeepingAList()
    step(model, AdvBN(model, 'stem', auxiliary=False))


class Checkpointed(nn.Module):
    def __init__(self, suffix, reentrant):
        super().__init__()
        self.suffix, self.reentrant = suffix, reentrant

    def forward(self, x):
        return checkpoint(self.suffix, x, use_reentrant=self.reentrant)


@pytest.mark.parametrize('reentrant', [True, False])
def test_activation_checkpointing_is_told_by_what_it_does(reentrant):
    prefix, suffix = halves()
    with pytest.raises(UserError, match='computes activations again in the backward pass.*: switch activation check'):
        step(nn.Sequential(prefix, Checkpointed(suffix, reentrant)))


class Box:
    def __init__(self, value):
        self.value = value


class Boxing(nn.Module):
    def forward(self, x):
        return Box(x)


class Changes(nn.Module):
    """Changes an attribute of what a module of the prefix has returned, which no tensor shows."""

    def __init__(self):
        super().__init__()
        self.stem, self.boxing = nn.Conv2d(3, 4, 1), Boxing()
        self.layer, self.head = nn.Conv2d(4, 4, 1), nn.Linear(4, 5)

    def forward(self, x):
        box = self.boxing(self.stem(x))
        feature = self.layer(box.value)
        box.value = box.value + feature
        return self.head(box.value.mean((2, 3)))


class Hands(nn.Module):
    """Its prefix hands a feature on by a hook of an inner module."""

    def __init__(self):
        super().__init__()
        self.stem, self.layer = nn.Sequential(nn.Conv2d(3, 4, 1)), nn.Conv2d(4, 4, 1)
        self.head, self.kept = nn.Linear(4, 5), []
        self.stem[0].register_forward_hook(lambda module, args, output: self.kept.append(output))

    def forward(self, x):
        feature = self.layer(self.stem(x))
        return self.head((feature + (self.kept.pop() if self.kept else 0)).mean((2, 3)))


@pytest.mark.parametrize('network', [Changes, Hands])
def test_features_that_pass_outside_of_what_modules_return(network):
    torch.manual_seed(0)
    model, (x, y) = network(), batch()
    message = "the loss is .* instead of .* if what ran up to layer 'layer' does not run again"
    with pytest.raises(UserError, match=message):
        AdvBN(model, 'layer').losses(lambda: F.cross_entropy(model(x), y))


class Noisy(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5)


def test_a_model_that_is_random_in_itself_may_pass():
    prefix, suffix = halves()
    clean, adversarial = step(nn.Sequential(prefix, nn.Sequential(Noisy(), suffix)))
    assert clean != adversarial


def test_checking_leaves_no_trace():
    states = []
    for checked in (True, False):
        torch.manual_seed(0)
        model = nn.Sequential(*halves())
        advbn = AdvBN(model, '0')
        advbn._is_checked = not checked
        torch.manual_seed(1)
        losses = step(model, advbn)
        sum(losses).backward()
        states.append([*losses, *copy.deepcopy(model.state_dict()).values(), *(
            parameter.grad for parameter in model.parameters() if parameter.grad is not None), torch.rand(1)])
    for one, other in zip(*states, strict=True):
        assert torch.equal(one, other)


def test_checking_leaves_no_trace_in_other_random_numbers():
    class Drawing(nn.Module):
        def forward(self, x):
            return x + 0 * random.random() * np.random.rand()

    draws = []
    for checked in (True, False):
        prefix, suffix = halves()
        model = nn.Sequential(prefix, nn.Sequential(Drawing(), suffix))
        advbn = AdvBN(model, '0')
        advbn._is_checked = not checked
        random.seed(0)
        np.random.seed(0)
        step(model, advbn)
        draws.append((random.random(), np.random.rand()))
    assert draws[0] == draws[1]


def test_nor_does_one_that_refuses():
    random.seed(0)
    expected = random.random()
    random.seed(0)
    with pytest.raises(UserError, match='refused'), unchanged(nn.Identity()):
        random.random()
        raise UserError('refused')
    assert random.random() == expected


def test_a_norm_of_ones_own_is_warned_of():
    class ScaleNorm(nn.Linear):  # the name and its vectors tell
        def __init__(self):
            nn.Module.__init__(self)
            self.weight = nn.Parameter(torch.ones(5))

    model = nn.Sequential(*halves(), OwnNorm(), ScaleNorm())
    with pytest.warns(UserWarning, match='^2, 3: norms that are none of torch.* perturbed features share them'):
        AdvBN(model, '0')


def test_root_mean_square_norms_get_auxiliary_ones():
    prefix, suffix = halves()
    model = nn.Sequential(prefix, nn.Sequential(*suffix[:9], nn.RMSNorm(8), suffix[9]))
    advbn = AdvBN(model, '0')
    x, y = batch()
    sum(advbn.losses(lambda: F.cross_entropy(model(x), y))).backward()
    assert model[1][9].aux.weight.grad is not None


def test_a_first_batch_that_holds_nan_leaves_no_trace():
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0')
    before = copy.deepcopy(model.state_dict())
    x, y = batch()
    with pytest.raises(UserError, match='the loss of the first batch is nan: the batch or the model holds inf or NaN'):
        advbn.losses(lambda: F.cross_entropy(model(x * torch.nan), y))
    assert advbn.perturbation.clamp is None
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name
    step(model, advbn)
    assert advbn.perturbation.clamp is True


@pytest.mark.parametrize('options, message', [
    (dict(), 'the loss is nan, nan, nan in the steps of the ascent'),
    (dict(per_image=True), 'the loss is nan, nan, nan in the steps of the ascent'),
    (dict(num_steps=0), 'the features to perturb hold inf or NaN'),
    (dict(num_steps=0, per_image=True), 'the features to perturb hold inf or NaN'),
    (dict(attack_every=2), 'the features to perturb hold inf or NaN'),  # the second batch takes the first one's deltas
])
def test_a_later_batch_that_holds_nan_never_reaches_the_auxiliary_norms(options, message):
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0', **options)
    step(model, advbn)
    x, y = batch()
    x[3, 0, 5, 5] = torch.nan
    before = copy.deepcopy(model[1][1].aux.state_dict())
    with pytest.raises(UserError, match=message):
        advbn.losses(lambda: F.cross_entropy(model(x), y))
    for name, value in model[1][1].aux.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize('per_image', [False, True])
def test_a_smaller_last_batch(per_image):
    """Deltas of each image cannot serve a batch of another size, so that it is attacked itself."""
    model = nn.Sequential(*halves())
    advbn = AdvBN(model, '0', per_image=per_image, attack_every=3)
    x, y = batch()
    found = []
    for size in (8, 8, 3):
        advbn.losses(lambda size=size: F.cross_entropy(model(x[:size]), y[:size]))
        found.append(advbn.attack.variables)
    assert found[1] is found[0]
    assert (found[2] is found[0]) == (not per_image)
    assert advbn.delta_mean.shape == ((3, 8) if per_image else (8,))


@pytest.mark.parametrize('perturbation, attack, message', [
    (ChannelStatistics(), Attack(0, 0.2), r'ChannelStatistics.* changes nothing without an ascent: set num_steps, or'),
    (ChannelStatistics(random_start=True), Attack(1, 0.2, free_step=True), 'starts at a random draw: leave out one'),
    (NormalizationPerturbation(), Attack(1, 0.2), r'NormalizationPerturbation\(.* has no ball to ascend in'),
    (MomentExchange(), Attack(1, 0.2, free_step=True), 'MomentExchange.* has no ball to ascend in: set num_steps=0'),
    (AdversarialStyleAugmentation(8), Attack(0, 0.2),
     r'AdversarialStyleAugmentation\(.* has parameters of its own, which this frame would not train: use')])
def test_an_attack_that_cannot_work_is_refused(perturbation, attack, message):
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match=message):
        AdversarialTraining(model, Split(model, '0'), [perturbation], attack)


def test_a_free_step_on_images_is_refused():
    model = nn.Sequential(*halves())
    with pytest.raises(UserError, match='and images are none: leave it out'):
        AdversarialTraining(model, InputSplit(model, '0'), [ImageStatistics()], Attack(1, 0.2, free_step=True))


def test_gradients_of_the_clean_loss_may_be_scaled_between():
    x, y = batch()
    model, advbn = attached()
    _, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y), torch.Tensor.backward)
    nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
    adversarial.backward()


@pytest.mark.parametrize('set_to_none', [True, False])
def test_gradients_of_the_clean_loss_must_not_be_zeroed_between(set_to_none):
    x, y = batch()
    model, advbn = attached()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y), torch.Tensor.backward)
    (clean + adversarial).backward()
    optimizer.step()
    for closure in (lambda: F.cross_entropy(model(x), y), lambda: dict(loss=[F.cross_entropy(model(x), y)], count=1)):
        _, adversarial = advbn.losses(closure, torch.Tensor.backward)
        optimizer.zero_grad(set_to_none)
        with pytest.raises(UserError, match=r'are gone, .* had added: call optimizer.zero_grad\(\) before'):
            (adversarial['loss'][0] if isinstance(adversarial, dict) else adversarial).backward()


@pytest.mark.parametrize('set_to_none', [True, False])
def test_gradients_of_the_clean_loss_must_not_be_zeroed_in_the_closure(set_to_none):
    x, y = batch()
    model, advbn = attached()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad(set_to_none)
        return F.cross_entropy(model(x), y)

    clean, adversarial = advbn.losses(closure, torch.Tensor.backward)
    with pytest.raises(UserError, match=r'are gone, .* call optimizer.zero_grad\(\) before losses, neither in the cl'):
        (clean + adversarial).backward()


def test_a_closure_that_switches_the_model_to_training():
    x, y = batch()
    model, advbn = attached()
    with pytest.raises(UserError, match=r'the closure calls train\(\), .*: call model.train\(\) before losses'):
        advbn.losses(lambda: F.cross_entropy(model.train()(x), y))

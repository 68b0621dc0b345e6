"""The attack on features, by both routes, and what it decodes to."""
import copy

import pytest
import torch
from mmengine.dataset import pseudo_collate

from advbn_seg.adversarial import AdvBN
from advbn_seg.adversarial.losses import total
from advbn_seg.errors import UserError
from advbn_seg.models.feature_adversary import FeatureAdversary
from advbn_seg.models.feature_autoencoder import preprocessed
from tests import tiny

from .tiny_autoencoder import autoencoder, batch

TASKS = ('classifier', 'segmentor')


@pytest.mark.parametrize('task', TASKS)
def test_no_steps_are_the_plain_reconstruction(task):
    model, data = autoencoder(task), batch(task)
    found = FeatureAdversary(model, num_steps=0)(data)
    inputs = model.data_preprocessor(data)['inputs']
    with torch.no_grad():
        torch.testing.assert_close(found.images, model(inputs).clamp(0, 1))
        clean = total(model.encoder(**model.encoder.data_preprocessor(data), mode='loss'))
    assert found.loss == pytest.approx(clean.item(), rel=1e-5)


@pytest.mark.parametrize('task', TASKS)
@pytest.mark.parametrize('per_image', [False, True])
def test_steps_raise_the_loss_of_the_remaining_layers(task, per_image):
    model, data = autoencoder(task), batch(task)
    losses = [FeatureAdversary(model, steps, per_image=per_image)(data).loss for steps in (0, 1, 3)]
    assert losses[0] < losses[1] < losses[2]


def test_the_deltas_are_those_of_advbn():
    model, data = autoencoder(), batch()
    adversary = FeatureAdversary(model, num_steps=3, eps=0.5)
    adversary(data)
    encoder = copy.deepcopy(model.encoder).requires_grad_(True).train()
    inputs = preprocessed(encoder, model.data_preprocessor(data)['inputs'], data['data_samples'])
    advbn = AdvBN(encoder, 'backbone.layer1', num_steps=3, step_size=0.2, eps=0.5)
    advbn.losses(lambda: encoder(**inputs, mode='loss'))
    delta_mean, delta_std = adversary.attack.variables[0]
    torch.testing.assert_close(delta_mean, advbn.delta_mean)
    torch.testing.assert_close(delta_std, advbn.delta_std)
    assert (delta_mean - 1).abs().max() == pytest.approx(0.5)


def test_the_image_route_raises_the_loss_of_a_whole_classifier():
    model, data = autoencoder(), batch()
    losses = [FeatureAdversary(model, steps, classifier=model.encoder)(data) for steps in (0, 3)]
    assert losses[0].loss < losses[1].loss
    with torch.no_grad():  # the loss is that of the decoded image, before its pixels are clamped
        decoded = model(model.data_preprocessor(data)['inputs'])
        seen = total(model.encoder(**preprocessed(model.encoder, decoded, data['data_samples']), mode='loss'))
    assert losses[0].loss == pytest.approx(seen.item(), rel=1e-5)


def test_images_with_deltas_of_their_own_do_not_see_each_other():
    model, data = autoencoder(), batch()
    attack = FeatureAdversary(model, 2, per_image=True)
    together = attack(data).images
    alone = attack(pseudo_collate([tiny.BrightAndDark()[2]])).images
    torch.testing.assert_close(together[2:3], alone)
    shared = FeatureAdversary(model, 2)
    assert not torch.allclose(shared(data).images[2:3], shared(pseudo_collate([tiny.BrightAndDark()[2]])).images)


def test_no_parameter_is_touched():
    model, data = autoencoder(), batch()
    before = copy.deepcopy(model.state_dict())
    FeatureAdversary(model, 2, classifier=model.encoder)(data)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert {name for name, parameter in model.named_parameters() if parameter.requires_grad} == {
        name for name in before if name.startswith('decoder.')}
    torch.testing.assert_close(model.state_dict(), before)


def test_an_encoder_that_ends_with_the_layer_has_the_image_route_only():
    model, data = autoencoder(), batch()
    whole = copy.deepcopy(model.encoder)
    model.encoder.head = None
    model.encoder.backbone.layer2 = torch.nn.Identity()
    with pytest.raises(UserError, match='no parameters are left to train'):
        FeatureAdversary(model, 1)(data)
    assert FeatureAdversary(model, 1, classifier=whole)(data).images.shape == (4, 3, 32, 32)

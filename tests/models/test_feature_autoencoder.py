"""An encoder that stays as it is, and a decoder that learns."""
import pytest
import torch
from mmengine.registry import MODELS

from advbn_seg.adversarial import AdvBN
from advbn_seg.errors import UserError
from advbn_seg.models.feature_autoencoder import preprocessed
from tests import tiny
from tests.evaluation import tiny_sets

from .tiny_autoencoder import autoencoder, batch

TASKS = ('classifier', 'segmentor')


@pytest.mark.parametrize('task', TASKS)
def test_features_are_the_encoders_own(task):
    model, data = autoencoder(task), batch(task)
    kept = []
    handle = model.encoder.backbone.layer1.register_forward_hook(lambda module, args, output: kept.append(output))
    model.encoder(**model.encoder.data_preprocessor(data), mode='tensor')
    handle.remove()
    images = model.data_preprocessor(data)['inputs']
    assert 0 <= images.min() and 0.5 < images.max() <= 1
    torch.testing.assert_close(model.features(images), kept[0])


@pytest.mark.parametrize('task', TASKS)
def test_images_on_the_way_back_look_as_from_a_file(task):
    model, data = autoencoder(task), batch(task)
    images = model.data_preprocessor(data)['inputs'].requires_grad_()
    inputs = preprocessed(model.encoder, images, data['data_samples'])['inputs']
    torch.testing.assert_close(inputs, model.encoder.data_preprocessor(data)['inputs'])
    inputs.sum().backward()
    assert images.grad.ne(0).all()


def test_only_the_decoder_trains():
    model = autoencoder().train()
    assert not model.encoder.training and model.decoder.training
    trained = {name.partition('.')[0] for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained == {'decoder'}


def test_the_loss_is_pixels_and_variation():
    model = autoencoder(tv_weight=1e-3)
    images = model.data_preprocessor(batch())['inputs']
    losses = model(images, mode='loss')
    decoded = model(images)
    assert decoded.shape == images.shape
    torch.testing.assert_close(losses['loss_pixel'], (decoded - images).square().mean())
    across, down = decoded[..., 1:] - decoded[..., :-1], decoded[..., 1:, :] - decoded[..., :-1, :]
    expected = 1e-3 * (across.abs().sum() + down.abs().sum()) / len(images)
    torch.testing.assert_close(losses['loss_variation'], expected)


def test_an_odd_size_is_cut_to_the_image():
    assert autoencoder()(torch.rand(1, 3, 21, 27)).shape == (1, 3, 21, 27)


def test_rows_that_the_encoder_leaves_out_repeat_the_last():
    model = autoencoder()
    model.decoder.forward = lambda features: torch.arange(24.).view(1, 1, 4, 6)
    decoded = model.decode(torch.zeros(1), (5, 8))
    assert decoded.shape == (1, 1, 5, 8) and decoded[0, 0, 4].tolist() == [18, 19, 20, 21, 22, 23, 23, 23]


def test_a_decoder_learns_its_images():
    model = autoencoder().train()
    images = model.data_preprocessor(batch())['inputs']
    optimizer = torch.optim.Adam(model.decoder.parameters(), 3e-3)
    errors = []
    for _ in range(30):
        losses = model(images, mode='loss')
        errors.append(losses['loss_pixel'].item())
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    assert errors[-1] < errors[0] / 3


def test_weights_come_from_a_checkpoint_of_ours(tmp_path):
    autoencoder()  # whose scope the registry has from now on
    other = MODELS.build(tiny_sets.config().model)
    AdvBN(other, 'backbone.layer1')  # whose auxiliary norms are left out
    torch.save(dict(state_dict=other.state_dict()), tmp_path / 'advbn.pth')
    model = autoencoder(checkpoint=str(tmp_path / 'advbn.pth'))
    assert not torch.equal(model.encoder.head.fc.weight, other.head.fc.weight)
    model.init_weights()
    torch.testing.assert_close(model.encoder.head.fc.weight, other.head.fc.weight)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    autoencoder('segmentor')
    torch.save(dict(state_dict=MODELS.build(tiny.segmentor()).state_dict()), tmp_path / 'other.pth')
    with pytest.raises(UserError, match='other.pth is of another'):
        autoencoder(checkpoint=str(tmp_path / 'other.pth')).init_weights()
    with pytest.raises(FileNotFoundError, match='missing.pth does not exist'):
        autoencoder(checkpoint=str(tmp_path / 'missing.pth')).init_weights()


def test_layers_that_do_not_serve_are_refused():
    with pytest.raises(UserError, match="'backbone.layer9' is not a module"):
        autoencoder(layer='backbone.layer9')
    with pytest.raises(UserError, match="'head.fc' of the encoder returns no feature map"):
        autoencoder(layer='head.fc')

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvProp, DualNorm, Pixels
from advbn_seg.errors import UserError

MEAN, STD = (100., 120., 140.), (50., 60., 70.)


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8),
                         nn.ReLU(), nn.Dropout(0.), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))


def batch():
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randint(256, (4, 3, 12, 12), generator=generator).float()
    return (pixels - channels(MEAN)) / channels(STD), torch.arange(4), pixels


def channels(values):
    return torch.tensor(values).view(-1, 1, 1)


def test_one_step_is_the_fast_gradient_sign():
    model, (x, y, pixels) = network(), batch()
    frozen = copy.deepcopy(model).eval()
    advprop = AdvProp(model, num_steps=1, step_size=3, eps=2, mean=MEAN, std=STD, random_start=False)
    seen = []
    model[0].register_forward_pre_hook(lambda module, args: seen.append(args[0].detach()))
    advprop.losses(lambda: F.cross_entropy(model(x), y))
    x.requires_grad_()
    F.cross_entropy(frozen(x), y).backward()
    expected = (pixels + 2 * x.grad.sign()).clamp(0, 255)
    torch.testing.assert_close(seen[0], x.detach())
    torch.testing.assert_close(seen[-1] * channels(STD) + channels(MEAN), expected, rtol=0, atol=1e-3)


def test_losses_and_gradients_are_those_of_two_models_that_share_all_but_their_norms():
    model, (x, y, _) = network(), batch()
    advprop = AdvProp(model, num_steps=3, step_size=1, eps=2, mean=MEAN, std=STD)
    main, aux = copy.deepcopy(network()), copy.deepcopy(network())
    clean, adversarial = advprop.losses(lambda: F.cross_entropy(model(x), y))
    (clean + adversarial).backward()
    adversarial_x, = advprop.perturbation.apply((x,), advprop.delta)
    F.cross_entropy(main(x), y).backward()
    F.cross_entropy(aux(adversarial_x), y).backward()
    torch.testing.assert_close(clean, F.cross_entropy(main(x), y))
    torch.testing.assert_close(adversarial, F.cross_entropy(aux(adversarial_x), y))
    torch.testing.assert_close(model[0].weight.grad, main[0].weight.grad + aux[0].weight.grad)
    torch.testing.assert_close(model[1].main.weight.grad, main[1].weight.grad)
    torch.testing.assert_close(model[1].aux.weight.grad, aux[1].weight.grad)


def test_of_two_views_the_first_is_perturbed():
    model, (x, y, _), seen = network(), batch(), []
    advprop = AdvProp(model, num_steps=0, eps=2, mean=MEAN, std=STD)
    model[0].register_forward_pre_hook(lambda module, args: seen.append(args[0].detach()))
    advprop.losses(lambda: F.cross_entropy(model(x), y) + F.cross_entropy(model(x.flip(3)), y))
    for first, second in zip(seen[::2], seen[1::2]):
        assert torch.equal(second, x.flip(3)) and (first - x).abs().max() <= 2 / 50 + 1e-5
    assert not torch.equal(seen[-2], x)


def test_images_that_a_norm_is_given():
    model, (x, y, _), seen = nn.Sequential(nn.BatchNorm2d(3), network()), batch(), []
    advprop = AdvProp(model, '0', num_steps=1, eps=2, mean=MEAN, std=STD)
    model[0].aux.register_forward_pre_hook(lambda module, args: seen.append(args[0].detach()))
    advprop.losses(lambda: F.cross_entropy(model(x), y))
    assert 0 < (seen[-1] - x).abs().max() <= 2 / 50 + 1e-5


def test_images_that_are_no_pixels_are_refused():
    model, (x, y, _) = network(), batch()
    advprop = AdvProp(model)
    with pytest.raises(UserError, match='% of the values in the images are no pixels between 0 and 255 .*give the'):
        advprop.losses(lambda: F.cross_entropy(model(x), y))


def test_the_attack_raises_the_loss_within_its_ball():
    model, (x, y, pixels) = network(), batch()
    advprop = AdvProp(model, num_steps=5, step_size=1, eps=4, mean=MEAN, std=STD)
    losses = []

    def closure():
        loss = F.cross_entropy(model(x), y)
        losses.append(loss.item())
        return loss

    advprop.losses(closure)
    assert losses[5] > losses[1]
    assert 0 < advprop.delta.abs().max() <= 4
    images, = advprop.perturbation.apply((x,), advprop.delta)
    attacked = images * channels(STD) + channels(MEAN)
    assert (attacked - pixels).abs().max() <= 4 + 1e-3
    assert attacked.min() > -1e-3 and attacked.max() < 255 + 1e-3


def test_every_norm_has_an_auxiliary_one_and_nothing_is_frozen_until_it_is_removed():
    model = network()
    parameters = list(model.parameters())
    advprop = AdvProp(model)
    assert sum(isinstance(module, DualNorm) for module in model) == 2
    assert all(parameter.requires_grad for parameter in model.parameters())
    advprop.remove()
    assert all(mine is theirs for mine, theirs in zip(model.parameters(), parameters))


def test_a_random_start_fills_the_ball():
    delta, = Pixels(eps=8, random_start=True).draw((torch.zeros(4, 3, 16, 16),))
    assert delta.shape == (4, 3, 16, 16)
    assert 7 < delta.max() <= 8 and -8 <= delta.min() < -7


@pytest.mark.parametrize('module, message', [('stem', "'stem' is not a module of Sequential"),
                                             ('9', "module '9' was not given images")])
def test_a_module_without_images_is_refused(module, message):
    model, (x, y, _) = network(), batch()
    with pytest.raises(ValueError, match=message):
        AdvProp(model, module).losses(lambda: F.cross_entropy(model(x), y))


def test_eps_must_be_positive():
    with pytest.raises(ValueError, match='eps must be positive, found 0'):
        Pixels(eps=0)


def test_images_of_integers_are_refused_in_a_sentence():
    class Scaled(nn.Sequential):
        def forward(self, images):
            return super().forward(images / 255)

    model = Scaled(nn.Conv2d(3, 4, 1))
    images = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    with pytest.raises(UserError, match="module '' was given images of torch.uint8, which have no gradient: convert"):
        AdvProp(model).losses(lambda: model(images).mean())

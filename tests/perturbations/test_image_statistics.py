import pytest
import torch

from advbn_seg.adversarial import AdversarialTraining
from advbn_seg.adversarial.attack import Attack
from advbn_seg.errors import UserError
from advbn_seg.network.input_split import InputSplit
from advbn_seg.perturbations.image_statistics import ImageStatistics
from advbn_seg.perturbations.statistics import image_statistics


def test_shifts_add_to_the_statistics(feature):
    shift_mean, shift_std = torch.randn(4, 5), torch.rand(4, 5)
    shifted = ImageStatistics().apply((feature,), shift_mean, shift_std)
    for before, after, shift in zip(image_statistics((feature,)), image_statistics(shifted), (shift_mean, shift_std)):
        torch.testing.assert_close(after, before + shift, rtol=1e-4, atol=1e-4)


def test_it_starts_at_the_images_and_no_deviation_is_negative(feature):
    perturbation = ImageStatistics()
    torch.testing.assert_close(perturbation.apply((feature,), *perturbation.draw((feature,)))[0], feature)
    flat, = perturbation.apply((feature,), torch.zeros(4, 5), torch.full((4, 5), -99.))
    torch.testing.assert_close(flat, feature.mean((2, 3), keepdim=True).expand_as(flat), rtol=1e-4, atol=1e-5)


def test_one_step_moves_each_statistic_by_its_size_uphill(feature):
    """At the input, in the paper's frame: the loss is the mean of the images, and their deviation in one of them."""
    model = torch.nn.Conv2d(5, 1, 1, bias=False)
    model.weight.data.copy_(torch.tensor([1., -1, 2, -3, 1]).view(1, 5, 1, 1))
    perturbation = ImageStatistics()
    training = AdversarialTraining(model, InputSplit(model), [perturbation], Attack(1, 0.2), auxiliary=False)
    clean, adversarial = training.losses(lambda: model(feature).mean())
    shift_mean, _ = training.attack.variables[0]
    torch.testing.assert_close(shift_mean, 0.2 * torch.tensor([1., -1, 1, -1, 1]).expand(4, 5))
    assert adversarial.item() == pytest.approx(clean.item() + 0.2 * 8, abs=1e-4)
    assert training.summary()['shift_mean'].item() == pytest.approx(0.2)


def test_the_ball_is_absolute_and_optional():
    shift = torch.tensor([-3., 0.1, 2.])
    assert torch.equal(ImageStatistics().project(shift), shift)
    torch.testing.assert_close(ImageStatistics(eps=0.5).project(shift), torch.tensor([-0.5, 0.1, 0.5]))
    with pytest.raises(UserError, match='eps must be positive, found 0'):
        ImageStatistics(0)

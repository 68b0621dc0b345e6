import pytest
import torch

from advbn_seg.adversarial.attack import Attack
from advbn_seg.errors import UserError
from advbn_seg.perturbations.natural_statistics import NaturalStatistics
from advbn_seg.perturbations.statistics import image_statistics


def test_statistics_move_by_standard_deviations_of_the_batch(feature):
    natural = NaturalStatistics(2.)
    e_mean, e_std = torch.rand(4, 5) * 2, torch.rand(4, 5) * 2
    found = image_statistics(natural.apply((feature,), e_mean, e_std))
    for own, error, new in zip(image_statistics((feature,)), (e_mean, e_std), found):
        torch.testing.assert_close(new, own + error * own.std(0), rtol=1e-3, atol=1e-3)


def test_a_deviation_stays_positive(feature):
    natural = NaturalStatistics(1000.)
    far = torch.full((4, 5), -1000.)
    _, std = image_statistics(natural.apply((feature,), torch.zeros(4, 5), far))
    torch.testing.assert_close(std, 0.1 * image_statistics((feature,))[1], rtol=1e-3, atol=1e-3)


def test_the_ascent_reaches_the_ball_and_stays_in_it(feature):
    natural, attack = NaturalStatistics(0.5), Attack(num_steps=4, step_size=0.3)
    (e_mean, e_std), = attack([natural], [(feature,)], lambda found: natural.apply((feature,), *found[0])[0].sum())
    torch.testing.assert_close(e_mean, torch.full((4, 5), 0.5))  # the sum rises with the mean alone
    assert e_std.abs().max() <= 0.5
    assert natural.summary((e_mean, e_std))['shift_mean'] == pytest.approx(0.5)


def test_eps_must_be_positive():
    with pytest.raises(UserError, match='eps must be positive, found 0'):
        NaturalStatistics(0)

"""Intervals and tests, each against numbers that are known otherwise."""
import numpy as np
import pytest
import torch

from advbn_seg.evaluation import significance
from advbn_seg.evaluation.segmentation.metric import areas, scores
from advbn_seg.evaluation.significance import holm, interval, miou, over_seeds, p_value


@pytest.fixture
def counts():
    """(5 images, 3, 4 classes): class 2 occurs nowhere, class 3 in the last image alone."""
    confusion = torch.from_numpy(np.random.default_rng(0).integers(0, 50, (5, 5, 5)))
    confusion[:, 2], confusion[:, :, 2] = 0, 0
    confusion[:4, 3], confusion[:4, :, 3] = 0, 0
    return confusion, areas(confusion).numpy()


def test_miou_is_that_of_a_cell(counts):
    confusion, per_image = counts
    assert miou(per_image.sum(0)) == pytest.approx(scores(confusion.sum(0))['miou'], abs=1e-4)
    assert miou(per_image[:4].sum(0)) == pytest.approx(scores(confusion[:4].sum(0))['miou'], abs=1e-4)  # two classes
    assert np.isnan(miou(np.zeros((3, 4))))


def test_resampled_images_are_weighed_as_if_they_were_taken_one_by_one(counts):
    per_image, drawn = counts[1], [[0, 1, 2, 3, 4], [4, 4, 1, 0, 1], [3, 3, 3, 3, 3]]
    weights = np.array([[line.count(image) for image in range(5)] for line in drawn], dtype=float)
    expected = [miou(sum(per_image[image] for image in line)) for line in drawn]
    assert significance.weighted_miou(per_image, weights).tolist() == expected


def test_images_are_drawn_alike_for_each_run_and_otherwise_for_each_domain():
    weights = significance.image_weights(7, 2000)
    assert weights.shape == (2001, 7) and (weights[0] == 1).all() and (weights.sum(1) == 7).all()
    assert weights[1:].mean(0) == pytest.approx(1, abs=0.1) and weights[1:].var() == pytest.approx(6 / 7, abs=0.05)
    assert (weights == significance.image_weights(7, 2000)).all()
    assert (weights != significance.image_weights(7, 2000, domain=1)).any()


def test_an_interval_leaves_a_fortieth_on_each_side_and_a_p_value_counts_the_rarer_sign():
    score = np.concatenate([[3.], np.arange(1, 1001) - 100.])  # 99 below zero, one zero
    assert interval(score) == pytest.approx([-99 + 999 / 40, 900 - 999 / 40])
    assert p_value(score) == 2 * (100 + 1) / 1001 == p_value(-score)
    assert p_value(np.linspace(1, 2, 1001)) == 2 / 1001
    assert np.isnan(p_value(np.ones(1001)))  # one image a domain and one seed
    assert p_value(np.zeros(1001)) == 1 and np.isnan(p_value(np.array([1, 1, np.nan])))


def test_holm_by_hand():
    assert holm([0.01, 0.04, np.nan, 0.03, 0.005]) == pytest.approx([0.03, 0.06, np.nan, 0.06, 0.02], nan_ok=True)
    assert holm([0.4, 0.3]) == pytest.approx([0.6, 0.6]) and holm([0.9, 0.8]).tolist() == [1, 1]


@pytest.mark.parametrize('comparisons', [1, 10, 11, 24, 25, 60])
def test_there_are_resamples_enough_to_pass_the_correction(comparisons):
    p_values = np.full(comparisons, 0.5)
    p_values[0] = p_value(np.linspace(1, 2, 1 + significance.number_of_resamples(comparisons)))
    assert holm(p_values)[0] < 0.05
    assert comparisons > 10 or significance.number_of_resamples(comparisons) == 1000


def test_with_one_seed_only_images_vary_and_equal_runs_do_not_at_all():
    alone, equal = np.array([[2., 1, 3, 2]]), np.zeros((3, 4))
    found = over_seeds([alone, equal])
    assert found[0].tolist() == [2, 1, 3, 2] and found[1].tolist() == [0, 0, 0, 0]


def test_seeds_and_images_widen_an_interval_together():
    rng = np.random.default_rng(0)
    images = rng.normal(0, 0.3, 20001)  # the same images for all seeds
    images[0] = 0
    seeds = np.tile([-0.5, 0, 0.5], (8, 1))  # eight methods, deviation 0.5
    found = over_seeds([5 + line[:, None] + images for line in seeds])
    assert found[0][0] == 5 and found[0][1:].mean() == pytest.approx(5, abs=0.02)
    t_of_16 = 0.5 ** 2 / 3 * 16 / 14
    assert found[0][1:].var() == pytest.approx(0.3 ** 2 + t_of_16, rel=0.03)


def test_a_number_that_is_missing_for_one_method_is_missing_for_no_other():
    known, missing = np.array([[1.] * 9, [2.] * 9]), np.array([[1.] * 9, [np.nan] * 9])
    found = over_seeds([missing, known])
    assert np.isnan(found[0]).all() and np.isfinite(found[1]).all()
    assert np.isnan(over_seeds([missing])[0]).all()


@pytest.mark.parametrize('methods', [1, 6])
def test_chance_is_rarely_clear_of_zero(methods):
    rng = np.random.default_rng(0)
    control, runs = rng.normal(size=(400, 1, 3)), rng.normal(size=(400, methods, 3))
    clear = 0
    for differences in runs - control:
        low, high = interval(over_seeds([np.repeat(line[:, None], 501, axis=1) for line in differences])[0])
        clear += low > 0 or high < 0
    assert 0.02 < clear / 400 < 0.1  # drawing three of three seeds: 0.25

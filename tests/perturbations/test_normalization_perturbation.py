import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation


def test_the_formula():
    feature = torch.randn(3, 4, 5, 6)
    perturbation = NormalizationPerturbation()
    b, a = perturbation.draw((feature,))
    mu = feature.mean((2, 3), keepdim=True)
    perturbed, = perturbation.apply((feature,), b, a)
    torch.testing.assert_close(perturbed, a[..., None, None] * (feature - mu) + b[..., None, None] * mu)


def test_factors_are_normal_around_one_for_each_image_and_channel():
    torch.manual_seed(0)
    drawn = torch.stack(NormalizationPerturbation(std=0.75).draw((torch.zeros(100, 50, 1, 1),)))
    assert drawn.shape == (2, 100, 50) and len(drawn.unique()) > 9900
    assert drawn.mean() == pytest.approx(1, abs=0.02) and drawn.std() == pytest.approx(0.75, abs=0.02)


def test_std_must_be_positive():
    with pytest.raises(UserError, match='std must be positive, found 0'):
        NormalizationPerturbation(0)

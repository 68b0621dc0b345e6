import torch

from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation
from advbn_seg.perturbations.normalization_perturbation_plus import NormalizationPerturbationPlus


def test_the_formula(feature):
    torch.manual_seed(3)
    b, a = NormalizationPerturbation(0.75).draw((feature,))
    torch.manual_seed(3)
    perturbed, = NormalizationPerturbationPlus(0.75)((feature,))
    mu = feature.mean((2, 3))
    d = [torch.stack([image.mean() for image in feature[:, channel]]).std() for channel in range(5)]
    for image in range(4):
        for channel in range(5):
            beta = 1 + (b[image, channel] - 1) * 1.5 * d[channel] / max(d)
            own = mu[image, channel]
            expected = a[image, channel] * (feature[image, channel] - own) + beta * own
            torch.testing.assert_close(perturbed[image, channel], expected)


def test_means_stay_where_they_do_not_vary(feature):
    for alike in (feature[:1], feature[:1].expand(3, -1, -1, -1)):
        b, a = NormalizationPerturbationPlus().draw((alike,))
        assert torch.equal(b, torch.ones_like(b)) and (a - 1).abs().min() > 0


def test_each_map_has_its_own_largest_channel(feature):
    plus, maps = NormalizationPerturbationPlus(), (feature, 100 * feature)
    torch.manual_seed(3)
    b, _ = plus.draw(maps)
    torch.manual_seed(3)
    plain, _ = NormalizationPerturbation().draw(maps)
    scale = (b - 1) / (plain - 1)
    torch.testing.assert_close(scale[:, :5], scale[:, 5:], rtol=1e-3, atol=1e-4)
    assert torch.allclose(scale[:, :5].max(), torch.tensor(1.5), rtol=1e-3)

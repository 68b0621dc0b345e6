import pytest

from advbn_seg.models import SignalToNoise


def test_psnr_is_the_mean_over_images():
    metric = SignalToNoise()
    metric.process({}, [dict(error=0.01), dict(error=0.0001)])
    assert metric.evaluate(2) == {'reconstruction/psnr': pytest.approx((20 + 40) / 2)}

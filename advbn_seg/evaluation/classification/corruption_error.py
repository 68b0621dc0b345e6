"""Mean corruption error (mCE) of ImageNet-C (https://arxiv.org/abs/1903.12261)."""
from ...synthetic.corruptions import CORRUPTIONS

ALEXNET_ERROR = dict(  # mean error of AlexNet over the five severities, from github.com/hendrycks/robustness
    gaussian_noise=.886428, shot_noise=.894468, impulse_noise=.922640, defocus_blur=.819880, glass_blur=.826268,
    motion_blur=.785948, zoom_blur=.798360, snow=.866816, frost=.826572, fog=.819324, brightness=.564592,
    contrast=.853204, elastic_transform=.646056, pixelate=.717840, jpeg_compression=.606500)


def corruption_errors(errors, normaliser=None):
    """Return each corruption's error: its mean over severities, divided by a reference model's.

    Args:
        errors (dict): corruption -> errors of the severities, percent.
        normaliser (dict, optional): corruption -> mean error of the reference as a fraction; `ALEXNET_ERROR` for the
            published number, nothing for the plain mean.

    Returns:
        dict: corruption -> corruption error, percent, in the order of the papers' tables.

    Example:
        >>> corruption_errors({name: [10, 20, 30, 40, 50] for name in CORRUPTIONS})['fog']
        30.0
    """
    return {name: sum(errors[name]) / len(errors[name]) / (normaliser[name] if normaliser else 1)
            for name in CORRUPTIONS}

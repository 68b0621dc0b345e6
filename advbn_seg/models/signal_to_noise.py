"""How well images are restored."""
import math

from mmengine.evaluator import BaseMetric
from mmengine.registry import METRICS


@METRICS.register_module()
class SignalToNoise(BaseMetric):
    """Peak signal-to-noise ratio of reconstructions in dB, the mean over the images: -10 log10 of the squared error.

    Predictions have the key `error`, the mean squared error of an image's pixels in [0, 1].
    """

    default_prefix = 'reconstruction'

    def process(self, data_batch, data_samples):
        self.results += [-10 * math.log10(max(sample['error'], 1e-12)) for sample in data_samples]

    def compute_metrics(self, results):
        return dict(psnr=sum(results) / len(results))

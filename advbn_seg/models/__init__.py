from ..runtime import needs_mmseg, safe_loading  # noqa: F401  says how to install it; no checkpoint runs code
from .advbn_resnet import AdvBNResNet, AdvBNResNetV1c
from .efficientnet_lite import EfficientNetLite0
from .feature_autoencoder import FeatureAutoencoder
from .signal_to_noise import SignalToNoise

__all__ = ['AdvBNResNet', 'AdvBNResNetV1c', 'EfficientNetLite0', 'FeatureAutoencoder', 'SignalToNoise']

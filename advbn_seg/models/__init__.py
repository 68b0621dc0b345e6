from .advbn_resnet import AdvBNResNet, AdvBNResNetV1c
from .efficientnet_lite import EfficientNetLite0

__all__ = ['AdvBNResNet', 'AdvBNResNetV1c', 'EfficientNetLite0']

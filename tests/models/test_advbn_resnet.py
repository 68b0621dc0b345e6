import pytest
import torch
from mmseg.models.backbones import ResNet, ResNetV1c

from advbn_seg.adversarial import AdvBN
from advbn_seg.models import AdvBNResNet, AdvBNResNetV1c
from advbn_seg.models.advbn_resnet import block_path

SMALL = dict(depth=50, base_channels=4, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))


@pytest.mark.parametrize('name, path', [('conv2_3', 'layer1.2'), ('conv3_4', 'layer2.3'), ('conv4_6', 'layer3.5')])
def test_blocks_are_named_as_in_the_resnet_paper(name, path):
    assert block_path(name, (3, 4, 6, 3)) == path
    assert AdvBNResNet(advbn_layer=name, **SMALL).advbn_layer == path


@pytest.mark.parametrize('name', ['conv2_4', 'conv6_1', 'conv1_1', 'layer1', 'conv2_0'])
def test_blocks_that_are_not_there(name):
    with pytest.raises(ValueError, match=f"advbn_layer '{name}' is not a block .* conv2_3, conv3_4, conv4_6, conv5_3"):
        block_path(name, (3, 4, 6, 3))


@pytest.mark.parametrize('ours, plain', [(AdvBNResNet, ResNet), (AdvBNResNetV1c, ResNetV1c)])
def test_plain_weights_load_and_give_the_same_features(ours, plain):
    torch.manual_seed(0)
    reference = plain(**SMALL)
    reference.eval()  # returns None in mmseg
    model = ours(**SMALL)
    model.load_state_dict(reference.state_dict())
    assert model.eval() is model
    x = torch.randn(1, 3, 32, 32)
    for mine, theirs in zip(model(x), reference(x)):
        torch.testing.assert_close(mine, theirs)
    assert mine.shape[-2:] == (4, 4)  # stride 8


def test_torchvision_weights_load():
    from torchvision.models import resnet50
    missing, unexpected = AdvBNResNet(depth=50).load_state_dict(resnet50().state_dict(), strict=False)
    assert missing == [] and set(unexpected) == {'fc.weight', 'fc.bias'}


def test_advbn_attaches_where_the_backbone_says():
    torch.manual_seed(0)
    model = AdvBNResNet(**SMALL).train()
    advbn = AdvBN(model, model.advbn_layer, num_steps=1)
    clean, adversarial = advbn.losses(lambda: model(torch.ones(2, 3, 32, 32))[-1].square().mean())
    (clean + adversarial).backward()
    assert advbn.delta_mean.shape == (16,)
    assert model.layer2[0].conv1.weight.grad is not None and model.layer1[0].conv1.weight.grad is None

"""The decoder's layers follow VGG-19's, mirrored."""
import pytest
import torch
from torch import nn

from advbn_seg.errors import UserError
from advbn_seg.models.feature_decoder import FeatureDecoder, total_variation


def widths(decoder):
    return [layer.out_channels for layer in decoder if isinstance(layer, nn.Conv2d)]


def test_the_decoder_of_relu4_1_is_adains():
    decoder = FeatureDecoder(512, 8)
    assert widths(decoder) == [256, 256, 256, 256, 128, 128, 64, 64, 3]
    assert sum(parameter.numel() for parameter in decoder.parameters()) == 3_505_219  # of its released decoder.pth
    kinds = [type(layer).__name__ for layer in decoder]
    assert [kinds[:index].count('Conv2d') for index, kind in enumerate(kinds) if kind == 'Upsample'] == [1, 5, 7]
    assert kinds[-1] == 'Conv2d'


@pytest.mark.parametrize('channels, stride, expected', [
    (4, 2, [64, 64, 3]), (256, 4, [128, 128, 64, 64, 3]), (7, 8, [256, 256, 256, 256, 128, 128, 64, 64, 3])])
def test_other_layers_follow_the_same_rule(channels, stride, expected):
    decoder = FeatureDecoder(channels, stride)
    assert widths(decoder) == expected
    assert decoder(torch.zeros(2, channels, 3, 5)).shape == (2, 3, 3 * stride, 5 * stride)


@pytest.mark.parametrize('stride', [1, 3, 64])
def test_other_strides_are_refused(stride):
    with pytest.raises(UserError, match=rf'one of the strides \[2, 4, 8, 16, 32\], found {stride}'):
        FeatureDecoder(8, stride)


def test_borders_do_not_darken():
    decoder = FeatureDecoder(2, 2).requires_grad_(False)
    image = decoder(torch.ones(1, 2, 6, 6))
    torch.testing.assert_close(image, image[..., :1, :1].expand_as(image))  # zero padding would show a frame


def test_total_variation_is_the_mean_over_images():
    images = torch.tensor([[[[0., 1.], [0., 3.]]], [[[5., 5.], [5., 5.]]]])
    assert total_variation(images[:1]) == 1 + 3 + 0 + 2
    assert total_variation(images) == 3

"""Which modules count as the blocks after a layer, and when they are seen."""
import pytest
import torch
from torch import nn

from advbn_seg.errors import UserError
from advbn_seg.network.blocks import watch_blocks


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2)

    def forward(self, x):
        return x + self.norm(self.conv(x))


class Segmentor(nn.Module):
    """As in mmseg, the head's own forward is called by another method, so that only its parts are seen."""
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 2, 1)
        self.layer1 = nn.Sequential(Residual(), Residual())
        self.layer2 = nn.Sequential(Residual(), nn.ReLU(), Residual())
        self.head = nn.Module()
        self.head.classify = nn.Conv2d(2, 5, 1)

    def forward(self, x):
        return self.head.classify(self.layer2(self.layer1(self.stem(x))))


def seen(layer, passes=1):
    model, found = Segmentor().eval(), []
    with watch_blocks(model, layer, lambda name, output: found.append((name, tuple(output.shape)))):
        for _ in range(passes):
            model(torch.zeros(1, 3, 4, 4))
    model(torch.zeros(1, 3, 4, 4))  # after the context, which must not count
    return found


AFTER_LAYER1 = [('layer2.0', (1, 2, 4, 4)), ('layer2.2', (1, 2, 4, 4)), ('head.classify', (1, 5, 4, 4))]


def test_blocks_are_the_outermost_modules_with_parameters_once_sequences_are_opened():
    assert seen('layer1') == AFTER_LAYER1


def test_what_holds_the_layer_is_opened():
    assert seen('layer1.0') == [('layer1.1', (1, 2, 4, 4)), *AFTER_LAYER1]
    assert seen('layer1.0.conv')[0] == ('layer1.0.norm', (1, 2, 4, 4))


def test_every_pass_counts():
    assert seen('layer1', passes=2) == AFTER_LAYER1 * 2


def test_what_runs_before_the_layer_is_no_block_in_a_second_window_of_one_pass():
    model, found = Segmentor().eval(), []
    slide = nn.Module()
    slide.model, slide.forward = model, lambda x: [model(window) for window in x.split(1)]
    with watch_blocks(slide, 'model.layer1', lambda name, output: found.append(name)):
        slide(torch.zeros(2, 3, 4, 4))
    assert found == ['model.layer2.0', 'model.layer2.2', 'model.head.classify'] * 2


def test_an_unknown_layer_is_refused():
    with pytest.raises(UserError, match="layer 'layer3' is not a module of Segmentor; close names: layer2, layer1"):
        seen('layer3')

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from advbn_seg.network.memory_format import in_either_layout, to_channels_last, to_rows


def is_channels_last(tensor):
    return tensor.is_contiguous(memory_format=torch.channels_last) and not tensor.is_contiguous()


def test_convolutions_and_their_outputs_become_channels_last_and_rows_again():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 3))
    parameters, x = list(model.parameters()), torch.randn(2, 3, 6, 6)
    expected = model(x)
    to_channels_last(model)
    assert is_channels_last(model[0].weight) and is_channels_last(model[:3](x))
    torch.testing.assert_close(model(x), expected)
    to_rows(model)
    assert model[0].weight.is_contiguous() and model[:3](x).is_contiguous()
    assert all(one is other for one, other in zip(model.parameters(), parameters))  # an optimiser's stay its own


def test_a_weight_that_is_computed_is_left_to_what_computes_it():
    model = weight_norm(nn.Conv2d(3, 4, 3))
    x = torch.randn(2, 3, 6, 6)
    expected = model(x)
    to_channels_last(model)
    torch.testing.assert_close(model(x), expected)


@pytest.mark.parametrize('mixed', [False, True])
def test_a_model_that_wants_rows_gets_them_in_mixed_precision_too(mixed):
    conv, x = nn.Conv2d(3, 8, 3), torch.randn(2, 3, 8, 8)
    expected = conv(x).flatten(1)
    to_channels_last(conv)
    with torch.autocast('cpu', torch.bfloat16, enabled=mixed):
        found = in_either_layout(conv, lambda: conv(x).view(2, -1))
    torch.testing.assert_close(found.float(), expected, rtol=0.05, atol=0.05)
    assert conv.weight.is_contiguous()


def test_other_errors_are_raised_once():
    calls = []

    def run():
        calls.append(1)
        raise RuntimeError('something else')

    with pytest.raises(RuntimeError, match='something else'):
        in_either_layout(nn.Conv2d(3, 8, 3), run)
    assert len(calls) == 1

"""A step on the device of --device, against the same step in double precision on a CPU."""
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN, AdvProp

from .reference import halves

pytestmark = pytest.mark.gpu
METHODS = {'advbn': lambda model: AdvBN(model, '0', num_steps=3, step_size=0.2, eps=0.5),
           'advprop': lambda model: AdvProp(model, num_steps=3, step_size=1, eps=2, mean=[128.], std=[64.],
                                            random_start=False)}


def step(method, device, dtype, autocast=None):
    """(deltas, losses, gradients by name) of a step, in float64 on the CPU whatever it was made in."""
    model = nn.Sequential(*halves())
    model[1][3].p = 0.  # dropout draws other numbers on another device
    model.to(device, dtype)
    advbn = METHODS[method](model)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(8, 3, 12, 12, generator=generator).to(device, dtype) - 0.5
    y = torch.randint(5, (8,), generator=generator).to(device)
    with torch.autocast(device.type, autocast, enabled=autocast is not None):
        losses = advbn.losses(lambda: F.cross_entropy(model(x), y))
    sum(losses).backward()
    deltas = [advbn.delta] if method == 'advprop' else [advbn.delta_mean, advbn.delta_std]
    gradients = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.requires_grad}
    return tuple({name: value.detach().cpu().double() for name, value in values.items()}
                 for values in (dict(enumerate(deltas)), dict(enumerate(losses)), gradients))


@pytest.mark.parametrize('method', METHODS)
def test_a_step_is_that_of_double_precision(device, method):
    deltas, *rest = step(method, device, torch.float32)
    exact_deltas, *expected = step(method, torch.device('cpu'), torch.float64)
    for index, delta in deltas.items():
        flipped = (delta - exact_deltas[index]).abs() > 1e-5
        assert flipped.float().mean() < 1e-3  # a gradient that is all but zero may have either sign
        assert delta.std() > 0.1
    torch.testing.assert_close(rest, expected, rtol=1e-3, atol=1e-5)


def test_a_step_under_autocast_keeps_float32_weights(device):
    deltas, losses, gradients = step('advbn', device, torch.float32, autocast=torch.bfloat16)
    exact_deltas, expected, of_exact = step('advbn', torch.device('cpu'), torch.float64)
    assert all((deltas[index] - exact_deltas[index]).abs().lt(1e-5).float().mean() > 0.8 for index in deltas)
    torch.testing.assert_close(losses, expected, rtol=0.02, atol=0)
    for name in ('1.0.weight', '1.9.weight'):
        similarity = F.cosine_similarity(gradients[name].flatten(), of_exact[name].flatten(), dim=0)
        assert similarity > 0.95, name

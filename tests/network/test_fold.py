import pytest
import torch
from torch import nn

from advbn_seg.network.dual_norm import add_auxiliary_norms, use_branch
from advbn_seg.network.fold import Folding
from advbn_seg.perturbations.statistics import channel_mean


def trained(module):
    """The module in eval mode, with statistics and affine parameters that are not those of a new norm."""
    torch.manual_seed(0)
    for norm in module.modules():
        if isinstance(norm, nn.modules.batchnorm._NormBase):
            for value in (norm.weight, norm.bias, norm.running_mean):
                nn.init.normal_(value)
            nn.init.uniform_(norm.running_var, 0.5, 2.)
    return module.eval()


def folding_of(model, x):
    folding = Folding()
    with folding.watch(set(model.modules())):
        loss = model(x).square().mean()
    folding.find(loss)
    return folding


class Shared(nn.Module):
    """One convolution's result goes through a norm and past it, another convolution runs twice."""

    def __init__(self):
        super().__init__()
        self.past, self.twice = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.norm, self.first, self.second = (nn.BatchNorm2d(3) for _ in range(3))

    def forward(self, x):
        y = self.past(x)
        return self.norm(y) + y + self.first(self.twice(x)) + self.second(self.twice(y))


class Doubling(nn.Conv2d):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize('model, pairs', [
    (nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.Conv2d(8, 4, 1, bias=False),
                   nn.BatchNorm2d(4)), 2),
    (nn.Sequential(nn.Conv2d(3, 6, 3, groups=3, dilation=2), nn.SyncBatchNorm(6)), 1),
    (nn.Sequential(nn.Conv2d(3, 6, 3), nn.GroupNorm(2, 6)), 0),
    (nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6, track_running_stats=False)), 0),
    (nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.BatchNorm2d(6)), 0),
    (nn.Sequential(Doubling(3, 6, 3), nn.BatchNorm2d(6)), 0),
    (nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 6, 3)), nn.BatchNorm2d(6)), 0),
    (Shared(), 0),
])
def test_folded_is_the_same_function(model, pairs):
    if pairs or isinstance(model, Shared):
        model = trained(model)
    x = torch.randn(2, 3, 9, 9)
    folding = folding_of(model, x)
    assert len(folding.pairs) == pairs
    model.eval()
    expected = model(x)
    with folding.folded():
        torch.testing.assert_close(model(x), expected)
    torch.testing.assert_close(model(x), expected, rtol=0, atol=0)


def test_the_branch_in_use_is_folded():
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6))
    dual_norm, = add_auxiliary_norms(model, {model[1]})
    trained(model)
    x = torch.randn(2, 3, 9, 9)
    folding = folding_of(model, x)
    with use_branch(model, 'aux'), folding.folded():
        folded = model(x)
    with use_branch(model, 'aux'):
        torch.testing.assert_close(folded, model(x))
    assert not torch.allclose(folded, model(x))
    dual_norm.aux.running_mean += 1
    with use_branch(model, 'aux'), folding.folded():
        assert not torch.allclose(model(x), folded)  # folded anew each time


def test_no_gradient_reaches_folded_weights():
    model = trained(nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)))
    x = torch.randn(2, 3, 9, 9)
    folding = folding_of(model, x)
    with folding.folded():
        assert not model(x).requires_grad


def test_autocast_gets_weights_in_its_dtype():
    model = trained(nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)))
    x = torch.randn(2, 3, 9, 9)
    folding = folding_of(model, x)
    with torch.autocast('cpu', torch.bfloat16), folding.folded():
        half = model(x)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(channel_mean(half), channel_mean(model(x)), rtol=0.05, atol=0.05)

import torch

from advbn_seg.adversarial import ascend


def test_ascends_by_the_sign_and_stays_in_the_ball():
    slope = torch.tensor([3., -0.01, 0.])
    delta, = ascend(lambda delta: (slope * delta).sum(), [torch.ones(3)], lambda d: d.clamp(0.5, 1.5), 2, 0.2)
    torch.testing.assert_close(delta, torch.tensor([1.4, 0.6, 1.]))
    delta, = ascend(lambda delta: (slope * delta).sum(), [torch.ones(3)], lambda d: d.clamp(0.5, 1.5), 9, 0.2)
    torch.testing.assert_close(delta, torch.tensor([1.5, 0.5, 1.]))


def test_only_the_deltas_get_gradients():
    weight, start = torch.nn.Parameter(torch.ones(3)), torch.ones(3)
    delta, = ascend(lambda delta: (weight * delta).sum(), [start], lambda d: d, 3, 0.1)
    assert weight.grad is None
    assert not delta.requires_grad and not start.requires_grad
    torch.testing.assert_close(start, torch.ones(3))


def test_works_where_gradients_are_off():
    with torch.no_grad():
        delta, = ascend(lambda delta: delta.sum(), [torch.ones(2)], lambda d: d, 1, 0.1)
    torch.testing.assert_close(delta, torch.full((2,), 1.1))

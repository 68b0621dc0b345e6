import pytest
import torch

from advbn_seg.adversarial import ChannelStatistics, ascend
from advbn_seg.adversarial.attack import Attack


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


def attack_of(slopes, **options):
    """The delta_mean of each batch: batch i's loss is slopes[i] times the features' sum, and delta_std has no part."""
    feature = torch.ones(1, 2, 4, 4)
    attack = Attack(ChannelStatistics(eps=0.5), 2, 0.2, **options)
    return attack, [attack([feature], lambda perturbed, slope=slope: slope * perturbed[0].sum())[0]
                    for slope in slopes]


def check(found, expected):
    torch.testing.assert_close(torch.stack(found[1]), torch.tensor(expected)[:, None].expand(-1, 2))


def test_the_paper_starts_at_one():
    check(attack_of([1., -1., 1.]), [1.4, 0.6, 1.4])


def test_starting_from_the_previous_deltas():
    check(attack_of([1., 1., -1.], start='previous'), [1.4, 1.5, 1.1])


def test_a_random_start_differs_from_batch_to_batch():
    _, deltas = attack_of([0., 0.], start='random')
    assert not torch.equal(*deltas)
    assert all(((delta >= 0.5) & (delta <= 1.5)).all() for delta in deltas)


def test_attacking_every_second_batch_reuses_the_deltas_between():
    check(attack_of([1., -1., -1., 1.], every=2), [1.4, 1.4, 0.6, 0.6])


def test_the_ascent_on_a_subsampled_feature():
    seen = []
    attack = Attack(ChannelStatistics(), 1, 0.2, subsample=2)
    attack([torch.ones(1, 2, 5, 4)], lambda perturbed: seen.append(perturbed[0].shape) or perturbed[0].sum())
    assert seen == [(1, 2, 3, 2)]
    with pytest.raises(ValueError, match=r'subsample=2 needs a feature map \(B, C, H, W\), found \(1, 2, 4\)'):
        attack([torch.ones(1, 2, 4)], lambda perturbed: perturbed[0].sum())


def test_state_carries_over():
    options = dict(start='previous', every=2)
    whole = attack_of([1., 1., 1., -1., -1.], **options)[1]
    attack, _ = attack_of([1., 1., 1.], **options)
    other, _ = attack_of([], **options)
    other.load_state_dict(attack.state_dict())
    feature = [torch.ones(1, 2, 4, 4)]
    torch.testing.assert_close([other(feature, lambda perturbed: -perturbed[0].sum())[0] for _ in range(2)], whole[3:])


@pytest.mark.parametrize('options, message', [
    (dict(start='ten'), "start must be one of 'clean', 'random', 'previous', found 'ten'"),
    (dict(every=0), 'attack_every must be at least 1, found 0'),
    (dict(subsample=0), 'subsample must be at least 1, found 0'),
])
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        attack_of([], **options)

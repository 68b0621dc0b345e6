import pytest
import torch

from advbn_seg.adversarial import ChannelStatistics, Pixels, ascend
from advbn_seg.adversarial.attack import Attack, subsampled
from advbn_seg.errors import Diverged, UserError


def in_ball(variables):
    return tuple(variable.clamp(0.5, 1.5) for variable in variables)


def test_ascends_by_the_sign_and_stays_in_the_ball():
    slope = torch.tensor([3., -0.01, 0.])
    delta, = ascend(lambda delta: (slope * delta).sum(), [torch.ones(3)], in_ball, 2, 0.2)
    torch.testing.assert_close(delta, torch.tensor([1.4, 0.6, 1.]))
    delta, = ascend(lambda delta: (slope * delta).sum(), [torch.ones(3)], in_ball, 9, 0.2)
    torch.testing.assert_close(delta, torch.tensor([1.5, 0.5, 1.]))


def test_only_the_variables_get_gradients():
    weight, start = torch.nn.Parameter(torch.ones(3)), torch.ones(3)
    delta, = ascend(lambda delta: (weight * delta).sum(), [start], in_ball, 3, 0.1)
    assert weight.grad is None
    assert not delta.requires_grad and not start.requires_grad
    torch.testing.assert_close(start, torch.ones(3))


def test_works_where_gradients_are_off():
    with torch.no_grad():
        delta, = ascend(lambda delta: delta.sum(), [torch.ones(2)], in_ball, 1, 0.1)
    torch.testing.assert_close(delta, torch.full((2,), 1.1))


def test_a_loss_that_is_not_finite_is_told():
    with pytest.raises(Diverged, match='the loss is 2, nan in the steps of the ascent'):
        ascend(lambda delta: delta.sum() if delta[0] == 1 else delta.sum() * float('nan'), [torch.ones(2)], in_ball, 2,
               0.1)


def attack_of(slopes, batch_sizes=None, per_image=False, random_start=False, **options):
    """The delta_mean of each batch: batch i's loss is slopes[i] times the features' sum, and delta_std has no part."""
    perturbations = [ChannelStatistics(0.5, per_image, random_start, clamp=False)]
    attack, found = Attack(2, 0.2, **options), []
    for slope, size in zip(slopes, batch_sizes or [1] * len(slopes)):
        found.append(step(attack, perturbations, slope, torch.ones(size, 2, 4, 4)))
    return attack, perturbations, found


def step(attack, perturbations, slope, feature):
    (delta_mean, _), = attack(perturbations, [(feature,)], lambda variables: slope * perturbations[0].apply(
        (feature,), *variables[0])[0].sum())
    return delta_mean


def check(found, expected):
    torch.testing.assert_close(torch.stack(found[-1]), torch.tensor(expected)[:, None].expand(-1, 2))


def test_the_paper_starts_at_one():
    check(attack_of([1., -1., 1.]), [1.4, 0.6, 1.4])


def test_a_random_start_differs_from_batch_to_batch():
    *_, deltas = attack_of([0., 0.], random_start=True)
    assert not torch.equal(*deltas)
    assert all(((delta >= 0.5) & (delta <= 1.5)).all() for delta in deltas)


def test_without_steps_the_draw_is_all():
    attack = Attack(0, 0.2)
    perturbations = [ChannelStatistics(random_start=True, clamp=False)]
    torch.manual_seed(0)
    found = step(attack, perturbations, 1., torch.ones(1, 2, 4, 4))
    torch.manual_seed(0)
    torch.testing.assert_close(found, perturbations[0].draw((torch.ones(1, 2, 4, 4),))[0])


def test_attacking_every_second_batch_reuses_the_deltas_between():
    check(attack_of([1., -1., -1., 1.], every=2), [1.4, 1.4, 0.6, 0.6])


def test_deltas_per_image_are_reused_for_as_many_images_only():
    *_, found = attack_of([1., -1., -1.], [2, 2, 3], per_image=True, every=4)
    assert [each.shape for each in found] == [(2, 2), (2, 2), (3, 2)]
    assert [each.unique().item() for each in found] == pytest.approx([1.4, 1.4, 0.6])


def test_deltas_of_pixels_are_reused_for_images_of_their_size_only():
    attack, pixels = Attack(1, 0.2, every=4), Pixels(0.5)
    shapes = [(2, 3, 4, 4), (2, 3, 4, 4), (2, 3, 6, 4)]
    found = [attack([pixels], [(images,)],
                    lambda variables, images=images: pixels.apply((images,), *variables[0])[0].sum())
             for images in map(torch.ones, shapes)]
    assert found[1] is found[0]
    assert [own.shape for (own,), in found] == shapes


def test_several_layers_have_perturbations_of_their_own():
    perturbations = [ChannelStatistics(0.5, clamp=False), ChannelStatistics(0.3, clamp=False)]
    maps = [(torch.ones(1, 2, 4, 4),), (torch.ones(1, 3, 2, 2),)]

    def loss(variables):
        return sum(slope * each.apply(kept, *own)[0].sum()
                   for slope, each, kept, own in zip((1, -1), perturbations, maps, variables))

    found = Attack(2, 0.2)(perturbations, maps, loss)
    torch.testing.assert_close([own[0] for own in found], [torch.full((2,), 1.4), torch.full((3,), 0.7)])


def test_a_subsampled_map():
    feature = torch.arange(20.).view(1, 1, 5, 4)
    assert subsampled(feature, 2).flatten().tolist() == [0, 2, 8, 10, 16, 18]
    assert subsampled(feature, 1) is feature
    with pytest.raises(UserError, match=r'subsample=2 needs a feature map \(B, C, H, W\), found \(1, 2, 4\)'):
        subsampled(torch.ones(1, 2, 4), 2)


def test_state_carries_over():
    whole = attack_of([1., 1., 1., -1., -1.], every=2)[-1]
    attack, perturbations, _ = attack_of([1., 1., 1.], every=2)
    other, *_ = attack_of([], every=2)
    other.load_state_dict(attack.state_dict())
    rest = [step(other, perturbations, -1., torch.ones(1, 2, 4, 4)) for _ in range(2)]
    torch.testing.assert_close(rest, whole[3:])


@pytest.mark.parametrize('options, message', [
    (dict(num_steps=-1), 'num_steps must be a whole number of at least 0, found -1'),
    (dict(num_steps=2.5), 'num_steps must be a whole number of at least 0, found 2.5'),
    (dict(step_size=0), 'step_size must be positive, found 0'),
    (dict(every=0), 'attack_every must be a whole number of at least 1, found 0'),
    (dict(subsample='2'), "subsample must be a whole number of at least 1, found '2'"),
])
def test_options_out_of_range(options, message):
    with pytest.raises(UserError, match=message):
        Attack(**{**dict(num_steps=2, step_size=0.2), **options})


def test_deltas_of_a_checkpoint_follow_the_features_to_their_device(monkeypatch):
    monkeypatch.setattr('advbn_seg.adversarial.attack.refuse_non_finite', lambda maps: None)  # of which meta has none
    attack = Attack(1, 0.2, every=2)
    attack.load_state_dict(dict(variables=[(torch.ones(2), torch.ones(2))], batches=1))
    (found,) = attack([ChannelStatistics(0.5, clamp=False)], [(torch.ones(1, 2, 4, 4, device='meta'),)], None)
    assert {each.device.type for each in found} == {'meta'}

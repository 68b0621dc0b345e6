import subprocess
import sys

import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.perturbations.adversarial_style_augmentation import AdversarialStyleAugmentation
from advbn_seg.perturbations.dsu import DistributionUncertainty
from advbn_seg.perturbations.statistics import image_statistics, spread


def choosing(learned, **options):
    """(perturbation, seed) whose first draw after `seed` takes the learned scales, or the spreads."""
    perturbation = AdversarialStyleAugmentation(5, **options)
    seed, = [seed for seed in range(99) if (torch.rand((), generator=torch.Generator().manual_seed(seed)) < 0.5)
             == learned][:1]
    perturbation.seed(seed)
    return perturbation


def test_half_of_the_draws_are_those_of_dsu(feature):
    perturbation = choosing(learned=False)
    torch.manual_seed(3)
    perturbed, = perturbation((feature,))
    torch.manual_seed(3)
    torch.testing.assert_close(perturbed, DistributionUncertainty()((feature,))[0])
    assert not perturbation.started


def test_the_formula_of_learned_scales(feature):
    perturbation = choosing(learned=True)
    perturbation.started = True
    perturbation.scales.data = torch.arange(10.).view(2, 5) / 10
    torch.manual_seed(3)
    noise = torch.randn(4, 2, 5)
    torch.manual_seed(3)
    perturbed, = perturbation((feature,))
    own = torch.stack(image_statistics((feature,)), 1)
    mean, std = (own + noise * perturbation.scales.detach()).unbind(1)
    own_mean, own_std = (each[:, :, None, None] for each in own.unbind(1))
    torch.testing.assert_close(perturbed, (feature - own_mean) / own_std * std[:, :, None, None]
                               + mean[:, :, None, None])


def test_learned_scales_start_as_the_spreads_of_the_batch(feature):
    perturbation = choosing(learned=True)
    perturbation((feature,))
    first = perturbation.scales.detach().clone()
    torch.testing.assert_close(first, torch.stack([spread(each, 1e-6) for each in image_statistics((feature,))]))
    for _ in range(9):
        perturbation((2 * feature,))
    assert torch.equal(perturbation.scales, first)  # of the first one only


@pytest.mark.parametrize('weight', [1., 0.5])
def test_descending_the_loss_raises_it_by_the_scales(feature, weight):
    perturbation = choosing(learned=True, weight=weight)
    perturbation.started = True
    perturbation.scales.data.fill_(0.3)

    def loss(scales):
        torch.manual_seed(3)
        noise = torch.randn(4, 2, 5)
        mean, std = (torch.stack(image_statistics((feature,)), 1) + noise * scales).unbind(1)
        return (perturbation.apply((feature,), mean, std)[0] ** 2).mean()

    torch.manual_seed(3)
    (perturbation((feature,))[0] ** 2).mean().backward()
    scales = torch.full((2, 5), 0.3, requires_grad=True)
    plain, = torch.autograd.grad(loss(scales), scales)
    torch.testing.assert_close(perturbation.scales.grad, -weight * plain)
    torch.optim.SGD([perturbation.scales], lr=0.1).step()
    assert loss(perturbation.scales) > loss(scales)


def test_the_state_comes_back(feature):
    first = choosing(learned=True)
    first((feature,))[0].square().sum().backward()
    second = AdversarialStyleAugmentation(5)
    second.load_state_dict(first.state_dict())
    assert torch.equal(second.scales, first.scales) and torch.equal(second.scales.grad, first.scales.grad)
    assert second.started


def test_a_weight_that_is_not_positive():
    with pytest.raises(UserError, match='weight must be positive, found 0'):
        AdversarialStyleAugmentation(5, weight=0)


ON_TWO_RANKS = '''
import sys
import torch
from torch import distributed
from advbn_seg.perturbations.adversarial_style_augmentation import AdversarialStyleAugmentation
from advbn_seg.runtime.process_group import leave_process_group

distributed.init_process_group('gloo')
rank = distributed.get_rank()
perturbation = AdversarialStyleAugmentation(5)
perturbation.seed(0)  # learned scales
torch.manual_seed(3)
images = torch.randn(4, 5, 6, 7)[rank::2] * 2 + 1
torch.manual_seed(4)
(perturbation((images,))[0] ** 2).mean().backward()
torch.save(perturbation.state_dict(), f'{sys.argv[1]}/{rank}')
leave_process_group()
'''


@pytest.mark.ddp
def test_processes_learn_the_same_scales(tmp_path):
    (tmp_path / 'script.py').write_text(ON_TWO_RANKS)
    subprocess.run([sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2',
                    tmp_path / 'script.py', tmp_path], check=True)
    first, second = (torch.load(tmp_path / name) for name in '01')
    assert first['started'] and torch.equal(first['scales'], second['scales'])
    assert first['gradients'] and torch.equal(first['gradients'][0], second['gradients'][0])
    torch.manual_seed(3)
    images = torch.randn(4, 5, 6, 7) * 2 + 1
    spreads = [torch.stack([spread(each, 1e-6) for each in image_statistics((images[rank::2],))]) for rank in (0, 1)]
    torch.testing.assert_close(first['scales'], sum(spreads) / 2)

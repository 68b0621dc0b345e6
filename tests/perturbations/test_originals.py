"""The peers give the numbers of their authors' code for the same maps and the same draws, and have its defaults.

The numbers were recorded from that code, run in float64 with its random draws replaced by those below. Where it was not
found, another's implementation stands in.
"""
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import HOOKS
from torch.distributions import Beta
from torch.nn import functional as F

from advbn_seg.adversarial import AdversarialTraining
from advbn_seg.adversarial.attack import Attack
from advbn_seg.hooks import ASAHook, MoExHook, PerturbationHook
from advbn_seg.network.input_split import InputSplit
from advbn_seg.perturbations.adversarial_style_augmentation import AdversarialStyleAugmentation
from advbn_seg.perturbations.cross_norm import LEAST_AREA, CrossNorm
from advbn_seg.perturbations.dsu import DistributionUncertainty
from advbn_seg.perturbations.efdmix import EFDMix
from advbn_seg.perturbations.image_statistics import ImageStatistics
from advbn_seg.perturbations.mixstyle import MixStyle
from advbn_seg.perturbations.moment_exchange import MomentExchange
from advbn_seg.perturbations.normalization_perturbation import NormalizationPerturbation
from advbn_seg.perturbations.normalization_perturbation_plus import NormalizationPerturbationPlus

METHODS = Path(__file__).parents[2] / 'configs' / 'methods'
INDEX = torch.arange(216, dtype=torch.float64)
MAPS = ((INDEX ** 2).sin() * (1 + INDEX / 72) + INDEX / 48).view(3, 3, 4, 6)
LABELS = (torch.arange(72) % 3).view(3, 4, 6)
NOISE = torch.arange(18, dtype=torch.float64).cos().view(3, 2, 3)  # image, on mean or deviation, channel
DSU = [[1.7059844, 0.7061220, -1.2802094, 3.8125391, 1.6439443, 0.0162011, 6.7156780, 5.1131526, 5.8899582],
       [-0.2733758, -0.4881904, -0.0220448, 0.2762700, -0.0049453, 0.0114291, 0.6772914, 0.7668872, 0.4586378]]


@pytest.fixture(autouse=True)
def draws(monkeypatch):
    monkeypatch.setattr(torch, 'randperm', lambda number, **_: torch.tensor([1, 2, 0]))
    monkeypatch.setattr(torch, 'randn', lambda size, **_: NOISE)
    monkeypatch.setattr(torch, 'rand', lambda *_, **__: torch.tensor([0.07, 0.6, 0.5]))  # the crop [1:3, 2:4]
    monkeypatch.setattr(Beta, 'sample', lambda self, size: torch.tensor([0.25, 0.875, 0.5], dtype=torch.float64))


def numbers(peer):
    """What the first position of each channel becomes, and the gradient there of the mean cube."""
    maps = MAPS.clone().requires_grad_()
    perturbed, = peer((maps,))
    (perturbed ** 3).mean().backward()
    return torch.stack([perturbed.detach(), maps.grad])[..., 0, 0].flatten(1)


def assert_close(found, recorded, atol=1e-7):
    torch.testing.assert_close(found.double(), torch.tensor(recorded, dtype=torch.float64), rtol=0, atol=atol)


@pytest.mark.parametrize('peer, atol, perturbed, gradient', [
    # KaiyangZhou/mixstyle-release at c337025: imcls/models/mixstyle.py
    (MixStyle(), 1e-7,
     [1.5839450, -0.2230427, -0.7343529, 2.3327654, -0.1099392, 0.2434570, 3.6180982, 1.7095997, 4.2635943],
     [0.0509485, 0.0009786, 0.0117886, 0.0806497, 0.0001740, 0.0008357, 0.1275140, 0.0304083, 0.1900216]),
    # KaiyangZhou/Dassl.pytorch at 4d2d3e6: dassl/modeling/ops/efdmix.py. The authors' YBZh/EFDM gives the same.
    (EFDMix(), 1e-7,
     [2.3295372, -0.2278528, -0.2324425, 2.3040045, -0.1826157, 0.2896164, 3.7018632, 1.5468175, 4.1085192],
     [0.0963285, 0.0008168, 0.0007624, 0.1009056, 0.0023857, 0.0013018, 0.2183580, 0.0362223, 0.2798314]),
    # lixiaotong97/DSU at 82a1de0: dsu.py
    (DistributionUncertainty(), 1e-7, *DSU),
    # amazon-science/crossnorm-selfnorm at 585823c: models/cnsn.py. It lets the gradient pass through the crop's
    # statistics, and ours does not. The first position is outside of the crop, where both are the same.
    (CrossNorm(crop=True), 1e-7,
     [1.5782713, -0.7062553, -0.4390110, 3.0529082, 0.3078919, 0.8848077, 1.7639668, 0.3986439, 2.4128487],
     [-0.0878341, 0.0451349, 0.0159197, -0.1770870, 0.1161934, 0.0491421, 0.0057213, -0.0083631, -0.0059017]),
    # onuriel/PermutedAdaIN at 39c69f3: permutedAdaIN.py. It adds another 1e-5 to the deviation that it divides by.
    (CrossNorm(), 1e-4,
     [2.1119302, -0.0702787, -0.7921459, 3.0718282, 1.2986693, 0.7382410, 1.2463534, 0.1470220, 2.6050342],
     [-0.0383511, 0.0532993, 0.1294444, -0.0991023, 0.0942280, 0.0337385, 0.0025262, -0.0076931, -0.0032414]),
    # airl-iisc/MRFP at 007fc35: deepv3.py, by other authors; the code of NP's own was not found.
    (NormalizationPerturbation(), 1e-7,
     [0.2163618, 0.1694952, -1.3938803, 3.9981005, 2.1386631, -0.1188046, 6.4913515, 6.7068215, 5.7681136],
     [0.0025044, 0.0123131, 0.0095350, 0.3915151, 0.1749900, -0.0158528, 0.7374979, 1.1220300, 0.4456881]),
    # The same file. It lets the gradient pass through d; this one was recorded with d detached, as ours is.
    (NormalizationPerturbationPlus(), 1e-7,
     [0.2525369, 0.2864267, -1.3425102, 4.5602592, 2.6720379, -0.0844853, 7.1767201, 8.1141031, 5.7251937],
     [0.0034316, 0.0185315, 0.0081685, 0.5782724, 0.2945232, -0.0142853, 1.0307281, 1.9541162, 0.4357381]),
    # Boyiliee/MoEx at 574542f: ImageNet/moex.py with norm_type='pono', and without its cast to float32.
    (MomentExchange(), 1e-7,
     [2.2309426, -0.2941966, 0.1520482, 6.8219489, 3.9028460, 4.4593788, -0.1962295, -0.8338063, -0.2121102],
     [0.0025892, 0.0304540, -0.0222275, 0.0700514, 0.0045563, -0.0039580, 0.5184808, 0.1074373, 0.5082104])
], ids=['mixstyle', 'efdmix', 'dsu', 'cross_norm', 'padain', 'np', 'np_plus', 'moex'])
def test_a_peer_gives_the_numbers_of_its_original(peer, atol, perturbed, gradient):
    assert_close(numbers(peer), [perturbed, gradient], atol)


def test_asa_gives_the_numbers_of_its_original(monkeypatch):
    """YBZh/AdvStyle at 6ffffe0: Dassl.pytorch/dassl/modeling/ops/advstyle.py."""
    asa = AdversarialStyleAugmentation(3)  # its scales are float32
    monkeypatch.setattr(torch, 'rand', lambda *_, **__: torch.tensor(0.51))
    assert_close(numbers(asa), DSU)
    monkeypatch.setattr(torch, 'rand', lambda *_, **__: torch.tensor(0.49))
    assert_close(numbers(asa), [DSU[0], [0.0408830, 0.0048255, 0.0272767, 0.2057405, 0.0312175, 0.0000346, 0.6211368,
                                         0.3717503, 0.4833782]], 1e-6)
    assert_close(asa.scales.detach(), [[1.5990361, 1.7997410, 1.0545970], [0.6502275, 0.5683178, 0.6585263]], 1e-6)
    assert_close(asa.scales.grad, [[-12.7747484, -14.4862452, 0.0982075], [5.7806445, 8.8124210, 1.3963491]], 2e-6)


def test_adv_style_gives_the_numbers_of_a_reimplementation():
    """harisankar95/AdvStyle at 42e33ea: src/advstyle.py, with the images as logits; the authors' code was not found.

    It adds 1e-6 to the deviation, and not to the variance. It steps by the gradient itself, and we by its sign.
    """
    step = (torch.tensor([[-0.0474237, -0.0130905, 0.0605143], [0.0023414, -0.0246516, 0.0223102],
                          [-0.0414997, 0.0558121, -0.0143123]]).double(),
            torch.tensor([[0.0637881, 0.1009908, 0.0764226], [0.0465983, 0.0285181, 0.1177119],
                          [0.0514775, 0.1074759, 0.0749493]]).double())
    adv_style = ImageStatistics()
    shifts = [each.requires_grad_() for each in adv_style.draw((MAPS,))]
    gradients = torch.autograd.grad(F.cross_entropy(adv_style.apply((MAPS,), *shifts)[0], LABELS), shifts)
    torch.testing.assert_close(gradients, step, rtol=0, atol=1e-6)
    assert_close(adv_style.apply((MAPS,), *step)[0][..., 0, 0], [
        [-0.0580215, -0.8071807, -0.6151048], [2.2255934, -0.3715976, 0.0686508], [6.0133216, 3.2869543, 5.9808012]],
        1e-6)
    model = torch.nn.Conv2d(3, 3, 1, bias=False, dtype=torch.float64)
    model.weight.data = torch.eye(3, dtype=torch.float64).view(3, 3, 1, 1)
    training = AdversarialTraining(model, InputSplit(model), [adv_style], Attack(1, 0.2), auxiliary=False)
    training.losses(lambda: F.cross_entropy(model(MAPS), LABELS))
    torch.testing.assert_close(training.attack.variables[0], tuple(0.2 * each.sign() for each in step))


@pytest.mark.parametrize('method, of_hook, of_perturbation', [
    # alpha of the nets that mixstyle-release trains, which Dassl.pytorch has; its own class has 0.3
    ('mixstyle', dict(probability=0.5), dict(alpha=0.1, variance_eps=1e-6)),
    ('efdmix', dict(probability=0.5), dict(alpha=0.1)),
    ('dsu', dict(probability=0.5), dict(factor=1, variance_eps=1e-6)),
    # those of segmentation/config/gtav/gtav_fcn50_cnsn.yaml
    ('cross_norm', dict(probability=0.5), dict(crop=True, variance_eps=1e-5)),
    ('padain', dict(probability=0.01), dict(crop=False, variance_eps=1e-5)),
    ('np', dict(probability=0.5), dict(std=0.75)), ('np_plus', dict(probability=0.5), dict(std=0.75)),
    # those of ImageNet/run_moex_resnet.sh
    ('moex', dict(probability=1, mixture=0.9), dict(variance_eps=1e-5)),
    # those of the class; imcls/scripts/run.sh trains with the weight 10
    ('asa', dict(probability=2 / 3, weight=1), {}),
    # the reimplementation has one step, of learning rate 1; 0.2 of the sign is ours
    ('adv_style', dict(num_steps=1, at_input=True, step_size=0.2), {})])
def test_a_config_has_the_defaults_of_the_original(method, of_hook, of_perturbation):
    hook = HOOKS.build(Config.fromfile(METHODS / f'{method}.py').custom_hooks[0])
    assert {name: getattr(hook, name) for name in of_hook} == of_hook
    assert {name: getattr(hook.perturbation, name) for name in of_perturbation} == of_perturbation


def test_the_classes_have_them_too():
    assert (MixStyle().alpha, EFDMix().alpha, DistributionUncertainty().factor) == (0.1, 0.1, 1)
    assert (NormalizationPerturbation().std, NormalizationPerturbationPlus().std) == (0.75, 0.75)
    assert (LEAST_AREA, MomentExchange().variance_eps) == (0.1, 1e-5)
    assert (AdversarialStyleAugmentation(3).weight, AdversarialStyleAugmentation(3).variance_eps) == (1, 1e-6)
    assert (ASAHook().probability, ASAHook().weight) == (2 / 3, 1)
    assert (MoExHook().probability, MoExHook().mixture) == (1, 0.9)
    assert PerturbationHook(dict(type=MixStyle)).probability == 0.5

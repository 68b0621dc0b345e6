"""Feature divergence of sets whose statistics are known, block by block, and of whole runs."""
import math

import numpy as np
import pytest
import torch
from mmseg.registry import MODELS
from PIL import Image
from torch import nn

from advbn_seg.errors import UserError
from advbn_seg.evaluation.channel_moments import ChannelMoments
from advbn_seg.evaluation.divergence import FeatureDivergence, feature_divergence, measure_divergence, open_branches

from .tiny_domains import DOMAINS


def gaussian(means, stds):
    """Moments of channels with exactly these statistics: half of the values one deviation above, half below."""
    mean, std = torch.tensor([means, stds], dtype=torch.float64).view(2, 1, -1, 1, 1)
    moments = ChannelMoments()
    moments.add(mean + std * torch.tensor([-1., 1.]))
    return moments


def equation_5(mean_a, std_a, mean_b, std_b):
    return math.log(std_b / std_a) + (std_a ** 2 + (mean_a - mean_b) ** 2) / (2 * std_b ** 2) - 0.5


def test_known_gaussians():
    one, other = ([0., 1.], [1., 2.]), ([0.5, -1.], [2., 0.5])
    expected = sum(equation_5(*a, *b) + equation_5(*b, *a) for a, b in zip(zip(*one), zip(*other))) / 2
    assert feature_divergence(gaussian(*one), gaussian(*other)) == pytest.approx(expected, rel=1e-12)
    assert feature_divergence(gaussian(*one), gaussian(*one)) == 0


def test_channels_without_variance_stay_finite_and_scale_does_not_matter():
    alive, dead = gaussian([1., 1.], [1., 1.]), gaussian([1., 0.], [1., 0.])
    found = feature_divergence(alive, dead)
    floor = 1e-4 * (1 + 0.5 + 0.25) / 2  # of the variances 1 and 1/2, and of the gap between the means
    assert found == pytest.approx((2 / (2 * floor) + (floor + 1) / 2 - 1) / 2, rel=1e-9)
    assert feature_divergence(dead, dead) == 0
    assert feature_divergence(gaussian([0.], [0.]), gaussian([0.], [0.])) == 0
    scaled = feature_divergence(gaussian([100., 100.], [100., 100.]), gaussian([100., 0.], [100., 0.]))
    assert scaled == pytest.approx(found, rel=1e-9)
    assert math.isfinite(feature_divergence(gaussian([0.], [0.]), gaussian([1.], [0.])))


@MODELS.register_module()
class Doubling(nn.Sequential):
    """Three channels in, the same out, then twice as large: what Eq. 4 says of the pixels holds for both blocks."""
    def __init__(self):
        super().__init__(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1, bias=False))

    def forward(self, x):
        return [super().forward(x)]


@pytest.fixture
def pixels(tmp_path):
    """{domain: (N, 3) pixels} of images on the disk; each domain has a mean and a deviation of its own."""
    rng, found = np.random.default_rng(0), {}
    for index, domain in enumerate(DOMAINS):
        folder = tmp_path / 'scenes' / domain['name']
        (folder / 'img').mkdir(parents=True)
        (folder / 'gt').mkdir()
        images = rng.normal(100 + 20 * index, 10 * (1 + index), (3, 16, 24, 3)).clip(0, 255).astype(np.uint8)
        for number, image in enumerate(images):
            Image.fromarray(image).save(folder / 'img' / f'{number}.png')
            Image.fromarray(np.zeros((16, 24), np.uint8)).save(folder / 'gt' / f'{number}.png')
        found[domain['name']] = images.reshape(-1, 3).astype(float)
    return found


@pytest.fixture
def make_identity(make_run, pixels, tmp_path):
    """make_identity(name, **config changes) -> the work dir of a model whose first block is the identity."""
    def make(name, **changes):
        run = make_run(name, root=tmp_path / 'scenes', model=dict(
            type='EncoderDecoder', backbone=dict(type='Doubling'), test_cfg=dict(mode='whole'),
            data_preprocessor=dict(type='SegDataPreProcessor', mean=[100.] * 3, std=[50.] * 3, bgr_to_rgb=True),
            decode_head=dict(type='FCNHead', in_channels=3, channels=4, num_convs=1, num_classes=4,
                             concat_input=False, loss_decode=dict(type='CrossEntropyLoss'))),
                       **{'perturbed_layer': 'backbone.0', **changes})
        file = torch.load(run / 'epoch_1.pth')
        identity = torch.eye(3).view(3, 3, 1, 1)
        file['state_dict'].update({'backbone.0.weight': identity, 'backbone.0.bias': torch.zeros(3),
                                   'backbone.1.weight': 2 * identity})
        torch.save(file, run / 'epoch_1.pth')
        return run

    return make


def test_a_run_has_the_divergence_of_its_pixels(make_identity, pixels):
    found = measure_divergence(open_branches([make_identity('a', method='baseline')]), device='cpu')
    assert (found.after, found.blocks) == ('backbone.0', ['backbone.1', 'decode_head.convs.0', 'decode_head.conv_seg'])
    assert found.targets == ['nyc/fog', 'highway/fog']
    row, = found.rows
    assert (row.source, row.label, row.branch) == ('nyc/dawn', 'baseline', 'main')
    for target, cell in row.cells.items():
        statistics = [(each.mean(0), each.std(0)) for each in (pixels['nyc/dawn'], pixels[target])]
        channels = zip(*statistics[0], *statistics[1])
        expected = np.mean([equation_5(*each) + equation_5(*each[2:], *each[:2]) for each in channels])
        assert cell['images'] == 3 and cell['blocks'][0] == pytest.approx(expected, rel=1e-6)
    assert row.mean(['nyc/fog']) == pytest.approx(np.mean(row.cells['nyc/fog']['blocks'])) and row.mean(['x']) is None


def test_targets_are_domains_or_groups_of_them(make_identity):
    runs = open_branches([make_identity('a')])
    assert measure_divergence(runs, ['highway']).targets == ['highway/fog']
    assert measure_divergence(runs, ['nyc/fog', 'nyc/dawn'], images=2).rows[0].cells['nyc/fog']['images'] == 2
    with pytest.raises(UserError, match=r"a has no target 'fog' beside its source nyc/dawn: choose from nyc/fog, high"):
        measure_divergence(runs, ['fog'])
    with pytest.raises(UserError, match='there is no target beside the source nyc/dawn: give another --target'):
        measure_divergence(runs, ['nyc/dawn'])


def test_a_source_that_is_no_target_is_the_test_set(make_identity):
    run = make_identity('a', domains=DOMAINS[1:], source_domain='nyc/dawn')
    whole = measure_divergence(open_branches([make_identity('b')]))
    assert measure_divergence(open_branches([run])).rows[0].cells == whole.rows[0].cells


def test_the_file_holds_all(make_identity, tmp_path):
    found = measure_divergence(open_branches([make_identity('a')]))
    found.save(tmp_path / 'a.json')
    assert FeatureDivergence.load(tmp_path / 'a.json') == found
    found.rows[0].cells['nyc/fog']['blocks'].pop()
    found.save(tmp_path / 'a.json')
    with pytest.raises(UserError, match="cell 'nyc/fog': a target with 3 numbers was expected, found 2"):
        FeatureDivergence.load(tmp_path / 'a.json')


def test_what_cannot_be_compared_is_refused(make_identity):
    with pytest.raises(UserError, match='a: its config does not say where AdvBN sits; name the layer with --after'):
        measure_divergence(open_branches([make_identity('a', perturbed_layer=None)]))
    other = make_identity('b', perturbed_layer='backbone.1')
    with pytest.raises(UserError, match='b runs other blocks after backbone.1 on nyc/dawn than c after backbone.0'):
        measure_divergence(open_branches([make_identity('c'), other]))
    same = measure_divergence(open_branches(['c', 'b']), after='backbone.1')
    assert same.blocks == ['decode_head.convs.0', 'decode_head.conv_seg'] and len(same.rows) == 2
    with pytest.raises(UserError, match='c runs no block after decode_head.conv_seg: give an earlier layer'):
        measure_divergence(open_branches(['c']), after='decode_head.conv_seg')


def test_an_advbn_classifier_has_a_row_for_each_branch(advbn, sets):
    domains = [dict(name=name, folder=str(sets / name)) for name in ('imagenet', 'sketch', 'instagram')]
    found = measure_divergence(open_branches([advbn], domains=domains), ['sketch', 'instagram/toaster'])
    assert [row.branch for row in found.rows] == ['main', 'aux']
    assert found.after == 'backbone.layer1' and found.blocks == ['backbone.layer2.0', 'backbone.layer2.1']
    assert found.targets == ['sketch', 'instagram/toaster']
    main, aux = (row.mean(found.targets) for row in found.rows)
    assert main > 0 and abs(main - aux) > 1e-4


def test_features_that_are_not_finite_are_not_near(make_identity):
    assert math.isnan(feature_divergence(gaussian([math.nan], [1.]), gaussian([0.], [1.])))
    run = make_identity('a')
    file = torch.load(run / 'epoch_1.pth')
    file['state_dict']['backbone.1.weight'][0, 0] = math.nan
    torch.save(file, run / 'epoch_1.pth')
    with pytest.raises(UserError, match='a: the features of backbone.1 on nyc/dawn or nyc/fog hold inf or NaN'):
        measure_divergence(open_branches([run]))

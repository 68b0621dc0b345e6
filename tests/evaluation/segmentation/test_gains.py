"""Gains over a reference: what they are, how sure they are, and what is left out."""
import hashlib

import numpy as np
import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.evaluation import significance
from advbn_seg.evaluation.segmentation import image_counts
from advbn_seg.evaluation.segmentation.gains import MEAN, matrix_gains
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix, MatrixRow
from advbn_seg.evaluation.segmentation.metric import areas, scores

TARGETS = ['nyc/dawn', 'nyc/fog', 'highway/dawn', 'highway/fog']
IMAGES = 12


@pytest.fixture
def matrix(tmp_path):
    """matrix(*rows) -> a matrix whose counts lie in `tmp_path`; see `row_of`."""

    def make(*rows):
        made = CrossDomainMatrix('tiny', ['road', 'car', 'boat'], TARGETS)
        for each in rows:
            row, counts = row_of(*each)
            made.put(row)
            for target, found in counts.items():
                image_counts.keep(tmp_path, row, target, found)
        return made

    return make


def row_of(method, right=0., seed=0, branch='main', source='nyc/dawn', order=range(IMAGES)):
    """Return a row and its counts: by chance, apart from so many more right pixels for each wrong one."""
    sha256 = hashlib.sha256(f'{method} {source} {seed}'.encode()).hexdigest()
    row = MatrixRow(method, source, branch, seed, f'{method}-{source}-{seed}', 'last.pth', sha256)
    counts = {}
    for number, target in enumerate(TARGETS):
        confusion = np.random.default_rng([seed, number]).integers(50, 150, (IMAGES, 4, 4))
        confusion[:, 2], confusion[:, :, 2] = 0, 0  # no boats
        confusion += (confusion * np.eye(4, dtype=int) * right).astype(int)
        confusion = torch.from_numpy(confusion[list(order)])
        row.cells[target] = dict(images=IMAGES, **scores(confusion.sum(0)), confusion=confusion.sum(0).tolist())
        counts[target] = areas(confusion).numpy()
    return row, counts


def line(gains, label, source='nyc/dawn'):
    return gains.frame.loc[(source, label)]


def test_gains_are_differences_of_what_the_matrix_has(matrix, tmp_path):
    made = matrix(('finetune',), ('advbn', 0.5), ('advbn', 0.9, 0, 'aux'))
    gains, frame = matrix_gains(made, tmp_path), made.frame().set_index('label')[[*TARGETS, 'unseen']]
    for label in ('advbn', 'advbn (aux)'):
        difference, found = frame.loc[label] - frame.loc['finetune'], line(gains, label)
        assert found['in-domain gain'] == pytest.approx(difference['nyc/dawn'])
        assert found['unseen gain'] == pytest.approx(difference['unseen'])
        assert found['same scene gain'] == pytest.approx(difference['nyc/fog'])
        assert found['other scene gain'] == pytest.approx(difference[['highway/dawn', 'highway/fog']].mean())
        assert found['unseen low'] < found['unseen gain'] < found['unseen high']
    assert gains.frame['rank'].tolist() == [3, 2, 1] and line(gains, 'finetune')['unseen gain'] == 0
    assert line(gains, 'advbn')['mIoU'] == frame.loc['advbn', 'nyc/dawn']


def test_an_interval_is_that_of_a_plain_loop(matrix, tmp_path):
    made = matrix(('finetune',), ('advbn', 0.3))
    counts = [image_counts.load(tmp_path, row) for row in made.rows]
    weights = [significance.image_weights(IMAGES, 1000, number).astype(int) for number in range(4)]
    differences = []
    for resample in range(1, 1001):
        unseen = []
        for of_run in counts:
            miou = []
            for number, target in enumerate(TARGETS[1:], 1):
                images = [image for image, times in enumerate(weights[number][resample]) for _ in range(times)]
                total = sum(of_run[target][image].astype(int) for image in images)
                iou = [both / (predicted + labelled - both) for both, predicted, labelled in total.T if labelled]
                miou.append(100 * sum(iou) / len(iou))
            unseen.append(sum(miou) / 3)
        differences.append(unseen[1] - unseen[0])
    low, high = np.quantile(differences, [0.025, 0.975])
    gains = matrix_gains(made, tmp_path)
    assert gains.interval('nyc/dawn', 'advbn', 1) == pytest.approx([low, high])
    assert gains.interval('nyc/dawn', 'advbn', 1, 'baseline') is gains.interval('nyc/fog', 'advbn', 1) is None


def test_equal_runs_gain_nothing_for_sure(matrix, tmp_path):
    rows = [(method, 0., seed) for method in ('finetune', 'advbn') for seed in range(3)]
    found = line(matrix_gains(matrix(*rows), tmp_path), 'advbn')
    assert found[['unseen gain', 'unseen low', 'unseen high']].tolist() == [0, 0, 0]
    assert found.p == 1 and not found.clear and found['rank'] == 1.5


def test_the_order_of_images_does_not_matter(matrix, tmp_path):
    found = []
    for order in (range(IMAGES), np.random.default_rng(0).permutation(IMAGES)):
        rows = [(method, right, 0, 'main', 'nyc/dawn', order) for method, right in (('finetune', 0.), ('advbn', 0.3))]
        found.append(line(matrix_gains(matrix(*rows), tmp_path), 'advbn')[['unseen gain', 'unseen low', 'unseen high']])
    plain, mixed = found
    assert mixed['unseen gain'] == plain['unseen gain']
    width = plain['unseen high'] - plain['unseen low']
    assert mixed.tolist() == pytest.approx(plain.tolist(), abs=0.1 * width)  # other images are drawn


def test_a_star_needs_several_seeds_and_a_gain(matrix, tmp_path):
    several = matrix(*(('finetune', 0., seed) for seed in range(3)), *(('good', 0.5, seed) for seed in range(3)),
                     *(('bad', -0.3, seed) for seed in range(3)), ('once', 0.5), ('none', 0.001, 1), ('none', 0, 2))
    found = matrix_gains(several, tmp_path)
    assert found.frame.clear.to_dict() == {('nyc/dawn', label): label in ('good', 'bad')
                                           for label in ('finetune', 'once', 'none', 'good', 'bad')}
    assert line(found, 'once')['unseen low'] > 0 and line(found, 'once').seeds == 1
    assert line(found, 'bad')['unseen high'] < 0


def test_a_run_without_its_pair_is_left_out_and_named(matrix, tmp_path):
    made = matrix(('finetune',), ('advbn', 0.5), ('advbn', 0.9, 1), ('late', 0.5, 2))
    gains = matrix_gains(made, tmp_path)
    assert gains.frame.seeds.to_dict() == {('nyc/dawn', 'finetune'): 1, ('nyc/dawn', 'advbn'): 1}
    assert gains.dropped == [f'{label} of nyc/dawn with seed {seed} is left out: 0 runs of finetune have this seed, '
                             'and one was expected.' for label, seed in (('advbn', 1), ('late', 2))]
    assert gains.interval('nyc/dawn', 'advbn', 1) and not gains.interval('nyc/dawn', 'advbn', 2)  # not of both runs


def test_controls_of_other_settings_are_still_the_reference(matrix, tmp_path):
    made = matrix(*(row for seed in range(2) for row in (('finetune', 0., seed), ('advbn', 0.5, seed))))
    alike = matrix_gains(made, tmp_path).frame
    for row in made.rows:
        row.cells['nyc/fog']['settings'] = f'{row.method}{row.seed * (row.method == "finetune")}'
    assert made.labels()[0] != 'finetune'
    assert matrix_gains(made, tmp_path).frame.equals(alike)


def test_sources_without_a_common_method_have_no_mean(matrix, tmp_path):
    made = matrix(('finetune',), ('finetune', 0., 1), ('finetune', 0., 0, 'main', 'highway/fog'),
                  ('advbn', 0.5, 0, 'main', 'highway/fog'), ('np', 0.5))
    gains = matrix_gains(made, tmp_path)
    assert set(gains.frame.index) >= {('nyc/dawn', 'np'), ('highway/fog', 'advbn')}


def test_sources_are_averaged_over_the_methods_that_all_of_them_have(matrix, tmp_path):
    gains = matrix_gains(matrix(*(row for source in ('nyc/dawn', 'highway/fog') for row in (
        ('finetune', 0., 0, 'main', source), ('advbn', 0.5, 0, 'main', source))),
        ('np', 0.9, 0, 'main', 'nyc/dawn')), tmp_path)
    mean = gains.frame.loc[MEAN]
    assert mean.index.tolist() == ['finetune', 'advbn'] and mean['rank'].tolist() == [2.5, 1.5]
    each = [line(gains, 'advbn', source) for source in ('nyc/dawn', 'highway/fog')]
    assert mean.loc['advbn', 'unseen gain'] == pytest.approx(sum(one['unseen gain'] for one in each) / 2)
    assert mean.loc['advbn', 'mIoU'] == pytest.approx(sum(one['mIoU'] for one in each) / 2)
    widths = [one['unseen high'] - one['unseen low'] for one in [mean.loc['advbn'], *each]]
    assert widths[0] < max(widths[1:])


def test_a_mean_of_sources_has_the_seeds_of_the_source_with_fewest(matrix, tmp_path):
    runs = [(method, right, seed, 'main', source) for method, right in (('finetune', 0.), ('advbn', 0.5))
            for source, seeds in (('nyc/dawn', 3), ('highway/fog', 2)) for seed in range(seeds)]
    assert matrix_gains(matrix(*runs), tmp_path).frame.loc[(MEAN, 'advbn'), 'seeds'] == 2


def test_the_reference_gains_nothing_where_nothing_is_known(matrix, tmp_path):
    made = matrix(('finetune',), ('advbn', 0.5))
    made.targets = TARGETS[:1]
    found = line(matrix_gains(made, tmp_path), 'finetune')
    assert np.isnan([found[f'unseen {what}'] for what in ('gain', 'low', 'high')]).all()
    assert found['in-domain gain'] == found['in-domain low'] == 0


def test_without_counts_there_are_gains_and_no_intervals(matrix, tmp_path):
    made = matrix(('finetune',), ('advbn', 0.5), ('np', 0.7))
    image_counts.file_of(tmp_path, made.rows[1]).unlink()
    gains, uncounted = matrix_gains(made, tmp_path), matrix_gains(made)
    for found in (line(gains, 'advbn'), line(uncounted, 'np')):
        assert found['unseen gain'] > 0 and np.isnan(found[['unseen low', 'unseen high', 'p', 'p Holm']].tolist()).all()
        assert not found.clear
    assert gains.interval('nyc/dawn', 'advbn', 1) is None and line(gains, 'np')['p Holm'] == line(gains, 'np').p < 0.05


def test_any_method_may_be_the_reference(matrix, tmp_path):
    made = matrix(('baseline',), ('finetune', 0.1), ('advbn', 0.5))
    assert matrix_gains(made, tmp_path).frame.index.get_level_values('label').tolist() == ['finetune', 'advbn']
    over = matrix_gains(made, tmp_path, 'baseline')
    assert line(over, 'finetune')['unseen gain'] > 0 and over.interval('nyc/dawn', 'advbn', 1, 'baseline')
    assert matrix_gains(matrix(('baseline',), ('advbn', 0.5)), tmp_path) is None
    with pytest.raises(UserError, match='gains over nothing were asked for.*runs of advbn, baseline, finetune; name'):
        matrix_gains(made, tmp_path, 'nothing')

"""What is shown of a feature divergence: tables, pictures, the gain by divergence, and the panel of the page."""
import numpy as np
import pytest
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.evaluation.classification.robustness import Robustness, RobustnessRow
from advbn_seg.evaluation.divergence import DivergenceRow, FeatureDivergence
from advbn_seg.evaluation.results_files import load_results, results_in
from advbn_seg.reports.divergence import columns, divergence_tables, draw_divergence, short, write_divergence
from advbn_seg.reports.gain_by_divergence import correlations, gain_points, scatter
from advbn_seg.reports.page import page
from advbn_seg.reports.page_divergence import page_divergence

from ..evaluation.segmentation.test_matrix import matrix_of, row


def cells(*numbers):
    return {target: dict(images=4, blocks=[number, 3 * number])
            for target, number in zip(('nyc/fog', 'highway/fog', 'highway/dawn'), numbers)}


def of(method, numbers, branch='main', seed=0):
    run = f'runs/nyc/dawn-{method}-{seed}'
    return DivergenceRow(method, 'nyc/dawn', branch, seed, run, run, cells(*numbers))


@pytest.fixture
def divergence():
    """A baseline, and a method that halves, keeps and doubles its divergence; through auxiliary norms all is kept."""
    return FeatureDivergence('backbone.layer1', ['backbone.layer2.0', 'backbone.layer3.0'],
                             ['nyc/fog', 'highway/fog', 'highway/dawn'],
                             [of('baseline', [1., 2., 4.]), of('advbn', [.5, 2., 8.]),
                              of('advbn', [1., 2., 4.], 'aux')])


@pytest.fixture
def matrix():
    """Gains of 4, 2 and 0 points by the method, and of 1, 2 and 3 through its auxiliary norms."""
    targets = ['nyc/dawn', 'nyc/fog', 'highway/fog', 'highway/dawn']
    return matrix_of(*(row(method, [60., *np.add([50., 40., 30.], gains)], branch=branch, source='nyc/dawn',
                           targets=targets)
                       for method, branch, gains in (('baseline', 'main', [0, 0, 0]), ('advbn', 'main', [4, 2, 0]),
                                                     ('advbn', 'aux', [1, 2, 3]))), targets=targets)


def test_tables_have_the_means_over_blocks_and_over_domains(divergence):
    by_domain, by_block = (table.cells.droplevel('source') for table in divergence_tables(divergence))
    assert by_domain.loc['AdvBN (paper)'].to_dict() == {
        'nyc/fog': '1.000', 'highway/fog': '4.000', 'highway/dawn': '16.000', 'mean': '7.000'}
    assert by_block.loc['baseline'].to_dict() == {'layer2.0': '2.333', 'layer3.0': '7.000'}
    assert list(by_domain.index) == ['baseline', 'AdvBN (paper)', 'AdvBN (paper), aux']


def test_seeds_are_taken_together(divergence):
    divergence.rows.append(of('baseline', [2., 3., 5.], seed=1))
    assert divergence_tables(divergence)[0].cells.droplevel('source').loc['baseline', 'nyc/fog'] == '3.000 ± 1.414'


def test_many_domains_are_shown_by_their_groups(divergence):
    divergence.targets = [f'imagenet-c/fog/{index}' for index in range(12)] + ['sketch']
    assert {name: len(targets) for name, targets in columns(divergence).items()} == {'imagenet-c': 12, 'sketch': 1}
    divergence.targets = divergence.targets[:12]
    assert len(columns(divergence)) == 12


@pytest.mark.parametrize('blocks, names', [
    (['backbone.layer2.0', 'backbone.layer3.0', 'head.conv_seg'], ['layer2.0', 'layer3.0', 'conv_seg']),
    (['net.blocks.2.0', 'net.blocks.3.0'], ['blocks.2.0', 'blocks.3.0']), (['layers.0', 'fc'], ['layers.0', 'fc'])])
def test_short_names(blocks, names):
    assert short(blocks) == names


def test_the_gain_is_held_against_the_baseline_and_against_the_change(divergence, matrix):
    points = gain_points(divergence, matrix)
    assert points[points.branch == 'main'][['target', 'before', 'change', 'gain']].to_numpy().tolist() == [
        ['nyc/fog', 2, .5, 4], ['highway/fog', 4, 1, 2], ['highway/dawn', 8, 2, 0]]
    table = correlations(points).cells
    assert table.loc['AdvBN (paper)'].tolist() == ['3', '-1.00', '-1.00', '-1.00', '-1.00']
    assert table.loc['AdvBN (paper), aux'].tolist() == ['3', '+1.00', '+1.00', '–', '–']  # no change, so none to follow
    assert table.loc['all', 'n'] == '6'


def test_a_control_that_is_scored_by_the_choice_of_the_paper_has_a_gain(divergence):
    rows = [RobustnessRow(row.method, 'paper', 0, 'a.pth', row.sha256, 10, {
        'nyc/fog': dict(images=1, top1=top1, top5=100.)}) for row, top1 in zip(divergence.rows, [50., 53.])]
    assert gain_points(FeatureDivergence('a', ['b', 'c'], ['nyc/fog'], divergence.rows[:2]),
                       Robustness(rows)).gain.tolist() == [3]
    with pytest.raises(UserError, match='no run has both a feature divergence and a gain over its baseline'):
        gain_points(divergence, Robustness(rows))  # its auxiliary norms make the choice another one


def test_results_are_told_by_the_name_of_their_file(matrix, tmp_path):
    assert results_in(tmp_path) is None
    matrix.save(tmp_path / 'matrix.json')
    assert results_in(tmp_path) == load_results(tmp_path / 'matrix.json') == matrix
    with pytest.raises(UserError, match=r'robustness.json does not exist; give a robustness.json'):
        load_results(tmp_path / 'robustness.json')


@pytest.mark.slow
def test_files_and_panel(divergence, matrix, tmp_path):
    assert page_divergence(tmp_path) == []
    _, files = write_divergence(divergence, tmp_path, matrix)
    assert [file.name.removeprefix('feature_divergence') for file in files] == ['.json', '.md', '.png', '_gains.png']
    assert 'Does the gain over the baseline' in files[1].read_text()
    assert np.ptp(np.asarray(Image.open(files[2]).convert('L'))) > 200 and Image.open(files[3]).width > 500
    alone, = page_divergence(tmp_path)
    assert 'block by block after backbone.layer1' in alone['text'] and alone['uri'].startswith('data:image/png;base64,')
    matrix.save(tmp_path / 'matrix.json')
    assert len(page_divergence(tmp_path)) == 2
    matrix.rows = matrix.rows[:1]
    matrix.save(tmp_path / 'matrix.json')
    assert len(page_divergence(tmp_path)) == 1  # the results of other runs have no gains to show
    (tmp_path / 'feature_divergence.json').write_text('[]')
    with pytest.raises(UserError, match='feature_divergence.json is no feature_divergence.json of this tool'):
        page_divergence(tmp_path)


def test_what_was_measured_is_kept_where_the_results_are_of_other_runs(divergence, matrix, tmp_path):
    matrix.rows = matrix.rows[:1]
    with pytest.raises(UserError, match='no run has both a feature divergence and a gain'):
        write_divergence(divergence, tmp_path, matrix)
    assert FeatureDivergence.load(tmp_path / 'feature_divergence.json') == divergence
    assert divergence_tables(divergence)[0].title in (tmp_path / 'feature_divergence.md').read_text()
    assert (tmp_path / 'feature_divergence.png').is_file()


def test_the_divergence_of_weights_that_were_trained_over_is_not_shown(divergence, matrix, tmp_path):
    divergence.save(tmp_path / 'feature_divergence.json')
    for each in matrix.rows[1:]:
        each.sha256 = 'trained again'
    matrix.save(tmp_path / 'matrix.json')
    assert page_divergence(tmp_path) == []
    divergence.rows.clear()
    divergence.save(tmp_path / 'feature_divergence.json')
    assert page_divergence(tmp_path) == []


def test_runs_of_two_data_sets_have_panels_of_their_own(divergence, tmp_path):
    other = DivergenceRow('baseline', 'day', 'main', 0, 'b', 'b', dict(dusk=dict(images=4, blocks=[1., 2.])))
    both = FeatureDivergence(divergence.after, divergence.blocks, [*divergence.targets, 'dusk'],
                             [*divergence.rows, other])
    draw_divergence(both).savefig(tmp_path / 'a.png')
    assert Image.open(tmp_path / 'a.png').width > 500


def test_names_stay_text_in_the_page():
    panel = page({}, [dict(text='after "><script>alert(1)</script>', uri='data:image/png;base64,AA')])
    assert 'alt="after &#34;&gt;&lt;script&gt;' in panel and '<script>alert(1)' not in panel
    assert 'id="divergence"' not in page({})


@pytest.mark.parametrize('factor', [1, 1e4])
def test_ticks_of_the_scatter_do_not_meet(divergence, matrix, factor):
    """Where the divergences are within a decade, and where they are not."""
    divergence.rows[0].cells['nyc/fog']['blocks'] = [factor, factor]
    points = gain_points(divergence, matrix)
    figure = scatter(points)
    figure.draw_without_rendering()
    for axes in figure.axes:
        extents = [label.get_window_extent().extents[[0, 2]] for label in axes.get_xticklabels(which='both')
                   if label.get_text()]
        boxes = sorted(each.tolist() for each in extents if axes.bbox.x0 <= each.mean() <= axes.bbox.x1)
        assert len(boxes) >= 2 and all(left[1] < right[0] for left, right in zip(boxes, boxes[1:]))

"""A sweep's table and pictures, from the results of either task."""
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.evaluation.classification.robustness import Robustness, RobustnessRow
from advbn_seg.evaluation.sweep import Sweep, SweepPoint
from advbn_seg.reports.sweep import draw_lines, joined, write_sweep
from advbn_seg.reports.sweep_numbers import numbers_in

from ..evaluation.segmentation.test_matrix import matrix_of, row

TARGETS = ['a/x', 'a/y']


def sweep():
    points = [SweepPoint(f'runs/{name}', values, 60. * minutes, loss) for name, values, minutes, loss in (
        ('base0', {}, 1, None), ('m6_0', dict(num_steps='6'), 4, 2.), ('m6_1', dict(num_steps='6'), 6, 3.),
        ('m1_0', dict(num_steps='1'), 2, 1.))]
    return Sweep(points)


@pytest.fixture
def folder(tmp_path):
    """Unseen mIoU of 20 (baseline), 30 and 34 with six steps, 25 with one, and 26 through its auxiliary norms."""
    runs = (('base0', 'baseline', 0, 'main', 20), ('m6_0', 'advbn', 0, 'main', 30), ('m1_0', 'advbn', 0, 'main', 25),
            ('m1_0', 'advbn', 0, 'aux', 26), ('m6_1', 'advbn', 1, 'main', 34), ('other', 'np', 0, 'main', 1))
    matrix_of(*(row(method, [50, unseen], seed, branch, 'a/x', TARGETS, f'runs/{name}')
                for name, method, seed, branch, unseen in runs), targets=TARGETS).save(tmp_path / 'matrix.json')
    return tmp_path


def test_the_table_takes_seeds_together_and_leaves_out_what_is_no_point(folder):
    (table,), _ = write_sweep(sweep(), numbers_in(folder), folder)
    cells = table.cells.droplevel('source')
    assert list(cells.index) == ['baseline', 'AdvBN (paper), num_steps 1', 'AdvBN (paper), aux, num_steps 1',
                                 'AdvBN (paper), num_steps 6']
    assert cells['mIoU on unseen domains'].tolist() == ['20.0', '25.0', '26.0', '32.0 ± 2.8']
    assert cells['mIoU on the source'].tolist() == ['50.0', '50.0', '50.0', '50.0 ± 0.0']
    assert cells['adversarial loss'].tolist() == ['–', '1.000', '1.000', '2.500 ± 0.707']
    assert cells['training (minutes)'].tolist() == ['1.0', '2.0', '2.0', '5.0 ± 1.4']
    assert cells.runs.tolist() == ['1', '1', '1', '2']


def test_a_number_that_one_seed_lacks_is_not_that_of_the_others(folder):
    numbers = numbers_in(folder)
    numbers.loc[numbers.place == 'runs/m6_1', 'mIoU on unseen domains'] = None
    (table,), _ = write_sweep(sweep(), numbers, folder)
    assert table.cells['mIoU on unseen domains'].tolist() == ['20.0', '25.0', '26.0', '–']


def test_each_sweep_of_a_report_has_a_picture(folder):
    points = sweep()
    points.put(SweepPoint('runs/other', dict(eps='0.1', layer='b'), 60., None))
    _, files = write_sweep(points, numbers_in(folder), folder)
    assert {file.name for file in files} == {'sweep.md', 'sweep_num_steps.png', 'sweep_eps_layer.png'}
    for file in files[1:]:
        assert np.ptp(np.asarray(Image.open(file).convert('L'))) > 200


def test_points_stand_in_the_order_of_their_values_where_these_are_numbers(folder):
    points = sweep()
    assert list(joined(points, numbers_in(folder)).point) == [(), ('1',), ('1',), ('6',), ('6',)]
    for point, layer in zip(points.points[1:], 'bba'):
        point.values = dict(layer=layer)
    assert list(joined(points, numbers_in(folder)).point) == [(), ('b',), ('b',), ('a',), ('a',)]


def test_classifiers_are_told_by_the_folders_of_their_checkpoints(tmp_path):
    def line(name, method, top1):
        cells = dict.fromkeys(('imagenet', 'uci'), dict(images=2, top1=top1, top5=100.))
        return RobustnessRow(method, 'paper', 0, f'runs/{name}/epoch_1.pth', name, 10, cells)

    moved = line('m1_0', 'advbn', 10.)  # away, and trained anew in its folder
    moved.checkpoint, moved.sha256 = 'runs/m1_0/epoch_9.pth', 'moved'
    lines = [line('base0', 'baseline', 80.), moved, line('m1_0', 'advbn', 70.)]
    Robustness(lines).save(tmp_path / 'robustness.json')
    (table,), _ = write_sweep(sweep(), numbers_in(tmp_path), tmp_path)
    assert table.cells.clean.tolist() == ['80.0', '70.0'] and table.cells.uci.tolist() == ['80.0', '70.0']


def test_a_report_without_results_is_refused(folder, tmp_path):
    with pytest.raises(UserError, match='nowhere has neither a matrix.json nor a robustness.json'):
        numbers_in(tmp_path / 'nowhere')
    with pytest.raises(UserError, match='the results have no run of the sweep: score its runs first'):
        write_sweep(Sweep(sweep().points[:1]), numbers_in(folder), folder)


def test_the_tool(call, folder, tmp_path):
    sweep().save(folder)
    code, text, _ = call('plot_sweep.py', '--out', folder)
    assert code == 0 and 'AdvBN (paper), num_steps 6' in text and 'sweep_num_steps.png' in text.replace('\n', '')
    code, _, errors = call('plot_sweep.py', '--out', tmp_path / 'nowhere')
    assert code == 2 and errors.startswith('error: ') and errors.count('\n') == 1


def test_a_method_has_one_colour_in_all_panels(folder, monkeypatch):
    drawn = []
    monkeypatch.setattr('advbn_seg.reports.sweep.draw_lines', lambda axes, lines, column, ticks, colours: drawn.append(
        {label: colours[label] for label in lines.label[lines.point.map(bool)]}))
    write_sweep(sweep(), numbers_in(folder), folder)
    assert len(drawn) > 2 and drawn[0] == {'AdvBN (paper)': 'C0', 'AdvBN (paper), aux': 'C1'}
    assert all(each.items() <= drawn[0].items() for each in drawn)


def test_a_method_that_is_swept_and_stands_alone_has_a_curve_and_a_line(folder):
    points = sweep()
    points.put(SweepPoint('runs/plain', {}, 60., None))
    numbers = numbers_in(folder)
    alone = numbers[numbers.place == 'runs/m1_0'].assign(place='runs/plain')
    frame = joined(points, pd.concat([numbers, alone]))
    axes = Figure().subplots()
    draw_lines(axes, frame, 'mIoU on unseen domains', [('1',), ('6',)], dict.fromkeys(frame.label, 'C0'))
    curves = [list(line.get_ydata()) for line in axes.lines if line.get_label() == 'AdvBN (paper)']
    assert sorted(curves) == [[25, 25], [25, 32]]

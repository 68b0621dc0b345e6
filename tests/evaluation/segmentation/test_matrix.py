"""The matrix: means, gains and their spread."""
import math

import pytest

from advbn_seg.errors import UserError
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix, MatrixRow
from advbn_seg.evaluation.segmentation.published import TABLE_3, TARGETS
from advbn_seg.reports.matrix import domain_table


def row(method, numbers, seed=0, branch='main', source='nyc/spring', targets=TARGETS, run=None):
    cells = {target: dict(images=5, miou=number, iou=[number, None], data='d', settings='s', versions={})
             for target, number in zip(targets, numbers)}
    run = run or f'runs/{source}-{method}-{seed}'
    return MatrixRow(method, source, branch, seed, run, 'last.pth', f'{run}', cells)


def matrix_of(*rows, benchmark='tiny', targets=TARGETS):
    matrix = CrossDomainMatrix(benchmark, ['road', 'car'], list(targets))
    for each in rows:
        matrix.put(each)
    return matrix


def test_unseen_mean_and_gains_of_the_paper():
    matrix = matrix_of(*(row(method, numbers, source=source)
                         for source, methods in TABLE_3.items() for method, numbers in methods.items()))
    frame = matrix.frame().set_index(['source', 'method'])
    assert frame.unseen['highway/dawn', 'baseline'] == pytest.approx((32.6 + 29 + 25.4 + 24.2 + 24.8 + 55.5 + 53.1
                                                                      + 59 + 49.2) / 9)
    gain = frame['vs baseline']['nyc/spring', 'advbn']
    assert gain == pytest.approx(frame.unseen['nyc/spring', 'advbn'] - frame.unseen['nyc/spring', 'baseline'])
    assert math.isnan(frame['vs baseline']['nyc/spring', 'baseline'])
    assert frame['vs finetune'].isna().all()


def test_a_gain_over_other_seeds_is_told():
    rows = [row('finetune', [50] * 10), row('advbn', [60] * 10), row('advbn', [61] * 10, seed=1)]
    assert not matrix_of(*rows[:2]).has_unpaired_gains() and not matrix_of(*rows[1:]).has_unpaired_gains()
    assert matrix_of(*rows).has_unpaired_gains()
    assert not matrix_of(rows[0], row('baseline', [40] * 10), row('baseline', [41] * 10, seed=1)).has_unpaired_gains()
    assert 'without a reference of its seed' in domain_table(matrix_of(*rows)).note


def test_a_row_that_was_not_measured_has_no_numbers():
    empty = row('advbn', [])
    assert matrix_of(empty).frame().unseen.isna().all()
    assert matrix_of(row('baseline', [50] * 10), empty).frame().unseen.isna().tolist() == [False, True]


def test_gains_pair_seeds_and_summaries_have_a_spread():
    pair = ['a/x', 'a/y']

    def make(method, unseen, seed):
        return row(method, [90, unseen], seed, source='a/x', targets=pair)

    matrix = matrix_of(make('advbn', 40, 0), make('advbn', 43, 1), make('advbn', 46, 7), make('finetune', 31, 0),
                       make('baseline', 30, 0), make('baseline', 32, 1), targets=pair)
    gains = matrix.frame().set_index(['method', 'seed'])['vs baseline']
    assert gains['advbn', 0] == 10 and gains['advbn', 1] == 11
    assert gains['advbn', 7] == 46 - 31  # no baseline of this seed: the mean of them
    mean, std, runs = matrix.summary()
    assert [label for _, label in mean.index] == ['baseline', 'finetune', 'advbn']
    assert runs['a/x', 'advbn'] == 3 and mean['a/y']['a/x', 'advbn'] == 43 and std['a/y']['a/x', 'advbn'] == 3
    assert math.isnan(std['a/y']['a/x', 'finetune'])
    assert mean['vs baseline']['a/x', 'advbn'] == 12 and std['vs baseline']['a/x', 'advbn'] == pytest.approx(7 ** 0.5)
    assert mean['vs finetune']['a/x', 'advbn'] == 12 and std['vs finetune']['a/x', 'advbn'] == 3


def test_domains_that_are_left_out_count_in_no_mean():
    targets = ['nyc/spring', 'b', 'c']
    matrix = matrix_of(row('baseline', [9, 30, 50], targets=targets), targets=targets)
    matrix.leave_out(['b'])
    assert matrix.frame().unseen.tolist() == [50] and list(matrix.rows[0].cells) == ['nyc/spring', 'c']
    matrix.check()
    for names, said in ((['c', 'fog'], "the domain 'fog' was to be left out, but there are only nyc/spring, c; name"),
                        (['c', 'nyc/spring'], 'all domains were to be left out, nyc/spring, c; keep some of them')):
        with pytest.raises(UserError, match=said):
            matrix.leave_out(names)
    assert matrix.targets == ['nyc/spring', 'c']


def test_weights_that_were_trained_over_take_the_rows_of_all_their_branches_along():
    matrix = matrix_of(*(row('advbn', [each] * 10, branch=branch) for each, branch in ((1, 'main'), (2, 'aux'))))
    again = row('advbn', [3] * 10)
    again.sha256 = 'trained again'
    matrix.put(again)
    assert [(each.branch, each.cells['nyc/dawn']['miou']) for each in matrix.rows] == [('main', 3)]


def test_of_two_references_with_one_seed_neither_counts():
    rows = [row('baseline', [20] * 10), row('baseline', [30] * 10, run='wide'), row('advbn', [40] * 10),
            row('baseline', [21] * 10, seed=1), row('advbn', [43] * 10, seed=1)]
    gains = matrix_of(*rows).frame().set_index(['method', 'seed'])['vs baseline']
    assert math.isnan(gains['advbn', 0]) and gains['advbn', 1] == 22
    assert ('runs/nyc/spring-baseline-0 and wide are baseline of the same seed, 0: no gain is over any of them. Score '
            'one into another --out.') in domain_table(matrix_of(*rows)).note
    assert 'same seed' not in domain_table(matrix_of(*rows[1:])).note
    unseeded = [row('baseline', [20] * 10, seed=None), row('baseline', [30] * 10, seed=None, run='other')]
    assert 'and other are baseline without a seed: no gain is over any of them. Train each with a seed' in domain_table(
        matrix_of(*unseeded)).note


def test_runs_of_one_seed_are_not_averaged():
    matrix = matrix_of(row('advbn', [1] * 10, run='eps_01'), row('advbn', [2] * 10, run='eps_05'),
                       row('advbn', [3] * 10, branch='aux', run='eps_05'))
    assert [label for _, label in matrix.summary().runs.index] == ['advbn [eps_01]', 'advbn [eps_05]', 'advbn (aux)']


def test_a_row_replaces_the_older_one_of_its_run():
    matrix = matrix_of(row('advbn', [1] * 10), row('advbn', [2] * 10), row('advbn', [3] * 10, branch='aux'))
    assert [(each.branch, each.cells['nyc/dawn']['miou']) for each in matrix.rows] == [('main', 2), ('aux', 3)]


def test_the_iou_of_a_class_is_its_mean_over_the_unseen_targets_where_it_occurs():
    def make(seed, *iou):
        each = row('advbn', [50] * 3, seed, source='a', targets='abc')
        for cell, numbers in zip(each.cells.values(), iou):
            cell['iou'] = numbers
        return each

    rows = make(0, [99, 99], [10, None], [30, None]), make(1, [99, 99], [40, None], [None, 8])
    matrix = matrix_of(*rows, targets='abc')
    mean, std, _ = matrix.class_summary()
    assert mean.loc['a', 'advbn']['road'] == 30 and std.loc['a', 'advbn']['road'] == pytest.approx(200 ** 0.5)
    assert math.isnan(mean.loc['a', 'advbn']['car'])  # it occurs for one seed only
    frame = matrix.frame()
    assert frame['IoU road'].tolist() == [20, 40] and frame['IoU car'].tolist()[1] == 8
    del matrix.rows[0].cells['c']
    assert math.isnan(matrix.frame()['IoU road'][0])  # not measured


def test_runs_of_other_settings_are_not_seeds_of_one_experiment():
    """The points of a sweep in the folder of the plain runs, or points with a seed each."""
    def at(seed, settings, number):
        found = row('advbn', [number] * 10, seed, run=f'runs/seed{seed}_{settings}')
        for cell in found.cells.values():
            cell['settings'] = settings
        return found

    plain = [at(seed, 'plain', 10 * seed) for seed in range(3)]
    assert matrix_of(*plain).summary().runs.tolist() == [3]
    with_points = matrix_of(*plain, at(0, 'eps0.1', 5), at(1, 'eps0.1', 7), at(0, 'eps1.5', 9))
    assert with_points.labels() == [*['advbn [seed*_plain]'] * 3, *['advbn [seed*_eps0.1]'] * 2, 'advbn [seed0_eps1.5]']
    assert with_points.names()['advbn [seed*_eps0.1]'] == 'AdvBN (paper) [seed*_eps0.1]'
    assert with_points.summary().runs.tolist() == [3, 2, 1] and with_points.summary().mean.unseen.tolist() == [10, 6, 9]
    assert matrix_of(at(0, 'eps0.1', 5), at(1, 'eps1.5', 7)).labels() == [
        'advbn [seed0_eps0.1]', 'advbn [seed1_eps1.5]']
    other = at(1, 'plain', 3)
    other.cells['nyc/fog']['settings'] = 'other'
    assert matrix_of(plain[0], other).labels() == ['advbn [seed0_plain]', 'advbn [seed1_plain]']
    unknown = at(1, 'plain', 3)
    for cell in unknown.cells.values():
        del cell['settings']
    assert matrix_of(plain[0], unknown).labels() == ['advbn', 'advbn']

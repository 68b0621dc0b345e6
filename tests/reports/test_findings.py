"""Sentences and terms come from the numbers that are there."""
import io

import pandas as pd
from rich.console import Console

from advbn_seg.evaluation.classification.robustness import Robustness
from advbn_seg.reports.findings import matrix_findings, robustness_findings
from advbn_seg.reports.matrix import matrix_report
from advbn_seg.reports.tables import Table
from advbn_seg.reports.terms import explained

from ..evaluation.classification.test_robustness import row as robustness_row
from ..evaluation.segmentation.test_matrix import matrix_of, row


def flat(method, value, seed=0, branch='main', source='nyc/spring'):
    return row(method, [value] * 10, seed, branch, source)


def test_one_seed_is_said_to_be_one():
    first, second = matrix_findings(matrix_of(flat('baseline', 20), flat('finetune', 21), flat('advbn', 23),
                                       flat('advbn', 19, branch='aux')))
    assert '1 of 2 methods' in first
    assert 'AdvBN (paper), trained on nyc/spring: from 20.0 to 23.0 mIoU, where the control has 21.0' in first
    assert second.startswith('Each was compared over one seed, which cannot tell a gain from chance')


def test_seeds_have_a_deviation():
    first, second = matrix_findings(matrix_of(flat('baseline', 20), flat('baseline', 22, 1), flat('advbn', 23),
                                       flat('advbn', 27, 1)))
    assert 'from 21.0 to 25.0 mIoU.' in first  # gains of 3 and 5
    assert second == ('Each was compared over at least 2 seeds, and no such gain deviates by more than 1.4 points '
                      'between them.')


def test_methods_with_other_numbers_of_seeds_than_the_baseline():
    first, second = matrix_findings(matrix_of(*(flat('baseline', 30 + 10 * seed, seed) for seed in range(3)),
                                              flat('advbn', 33), flat('np', 31), flat('np', 41, 1)))
    assert 'the largest gain is that of AdvBN (paper), trained on nyc/spring: from 30.0 to 33.0 mIoU.' in first
    assert second.startswith('Some were compared over one seed')


def test_nothing_is_said_without_a_baseline_of_the_source():
    assert matrix_findings(matrix_of(flat('advbn', 23))) == []
    assert matrix_findings(matrix_of(flat('baseline', 23), flat('advbn', 23, source='nyc/fog'))) == []


def test_a_robustness_has_its_largest_gain_and_loss():
    few = [robustness_row('baseline'), robustness_row('finetune', shift=90), robustness_row('advbn', shift=2)]
    first, second = robustness_findings(Robustness(few))
    assert first == 'Against the baseline all changes of all methods lie between -2.6 and -2.0 points.'
    assert 'one seed' in second
    few[2].cells['sketch']['top1'] = 33.
    assert 'the largest gain is that of AdvBN (paper) on Sketch (+3.0 points), and the largest loss that of AdvBN' in (
        robustness_findings(Robustness(few))[0])
    assert robustness_findings(Robustness(few[1:])) == []


def test_both_the_gain_and_the_loss_are_held_against_the_seeds():
    rows = [robustness_row(method, seed=seed) for method in ('baseline', 'advbn') for seed in (0, 1)]
    rows[2].cells['sketch']['top1'] += 3
    rows[3].cells['sketch']['top1'] += 3
    rows[3].cells['imagenet']['top1'] -= 9  # so the loss moves more with the seed than the gain does
    first, second = robustness_findings(Robustness(rows))
    assert 'on Sketch (' in first and 'on clean (' in first
    assert 'no such gain deviates by more than 6.4 points' in second


def test_a_seed_without_a_baseline_is_not_counted():
    rows = [robustness_row('baseline'), *(robustness_row('advbn', seed=seed, shift=-1) for seed in range(3))]
    assert robustness_findings(Robustness(rows))[1].startswith('Each was compared over one seed')


def test_a_set_of_one_seed_is_compared_over_one_seed():
    rows = [robustness_row(method, seed=seed, shift=-10 * (method == 'advbn') - seed)
            for method in ('baseline', 'advbn') for seed in range(3)]
    rows[3].cells['sketch']['top1'] += 30
    for each in rows:
        if each.seed:
            del each.cells['sketch']
    first, second = robustness_findings(Robustness(rows))
    assert 'between' in first and second.startswith('Some were compared over one seed')


def test_terms_are_those_of_the_table():
    cells = pd.DataFrame({'clean': ['1.0'], 'mCE ↓': ['2.0']}, index=pd.Index(['AdvBN (paper), aux'], name='method'))
    assert [term for term, _ in explained(Table(cells))] == ['AdvBN ...', 'main, aux, auto', 'clean', 'mCE ↓']


def shown(matrix, width):
    console = Console(width=width, file=io.StringIO())
    matrix_report(matrix).show(console)
    return console.file.getvalue()


def test_a_narrow_terminal_has_fewer_columns_and_the_same_gains():
    matrix = matrix_of(flat('baseline', 20), flat('advbn', 23))
    narrow, wide = shown(matrix, 80), shown(matrix, 160)
    assert max(map(len, narrow.splitlines())) <= 80 and '…' not in narrow and '…' not in wide
    assert '+3.0' in narrow and '+3.0' in wide
    assert '[20.0]' in wide and '[20.0]' not in narrow and '[in brackets]' not in narrow
    assert 'characters; report.html has them' in ' '.join(narrow.split()) and 'What you saw' in narrow

"""What the benchmark of the matrix makes of its measurements; how long anything takes is not looked at."""
from pathlib import Path

import pytest

from advbn_seg.errors import UserError
from advbn_seg.evaluation import open_runs
from advbn_seg.experiments.benchmark.matrix_cost import COSTS, compare, cost, differing, lines
from tests.evaluation.tiny_domains import DOMAINS, data_root, make_run  # noqa: F401


def result(**changes):
    return dict(domains=10, runs=3, matrix=[[9., 12., 1.], [11., 14., 1.]], stock=[[60., 66., 1.]],
                one_domain=[[4., 5., 0.9]], all_runs=[[18., 23., 1.1]], miou={}) | changes


def test_each_further_domain_and_run_has_its_price():
    found = {title: list(costs) for title, costs in lines(result())}
    assert found['matrix'] == [10, 13, 1]
    assert found['stock tests / matrix'] == pytest.approx([6, 66 / 13, 1])
    assert found['each further domain'] == pytest.approx([6 / 9, 8 / 9, 0.1 / 9])
    assert found['each further run'] == pytest.approx([4, 5, 0.05])


def test_one_domain_and_one_run_have_no_further_ones():
    assert [title for title, _ in lines(result(domains=1, runs=1))] == [
        'matrix', '1 stock tests', 'stock tests / matrix']


def test_numbers_may_differ_by_the_rounding_of_stock_tests_only():
    miou = {'same': [30.6197, 30.62], 'other': [30.6197, 30.63]}
    assert differing(result(miou=miou)) == ['other']


def test_a_process_has_a_time_and_a_memory():
    seconds, processor, gib = dict(zip(COSTS, cost('configs'))).values()
    assert 0 < processor and 0 < seconds and 0.005 < gib < 4


@pytest.mark.slow
def test_a_matrix_is_compared_with_its_stock_tests(make_run, monkeypatch):  # noqa: F811
    monkeypatch.setenv('PYTHONPATH', str(Path(__file__).parents[2]))
    run = make_run(domains=DOMAINS[:1], custom_imports=dict(imports=['tests.evaluation.tiny_domains']))
    found = compare(open_runs([run], ['main']), 1, 0)
    assert [len(found[name]) for name in ('matrix', 'stock', 'one_domain', 'all_runs')] == [1, 1, 1, 1]
    assert list(found['miou']) == ['nyc/dawn'] and not differing(found)


def test_a_command_that_fails_is_quoted():
    with pytest.raises(UserError, match=r'advbn-seg matrix nowhere failed: .*nowhere'):
        cost('matrix', 'nowhere')

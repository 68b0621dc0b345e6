"""The matrix: means, gains and their spread, and the files made from it."""
import json
import math

import pandas as pd
import pytest

from advbn_seg.errors import UserError
from advbn_seg.evaluation import CrossDomainMatrix, Row
from advbn_seg.evaluation.segmentation.published import TABLE_3, TARGETS
from advbn_seg.reports.matrix import markdown, rich_table, write_reports


def row(method, numbers, seed=0, branch='main', source='nyc/spring', targets=TARGETS, run=None):
    cells = {target: dict(images=5, miou=number, iou=[number, None], data='d', settings='s', versions={})
             for target, number in zip(targets, numbers)}
    run = run or f'runs/{source}-{method}-{seed}'
    return Row(method, source, branch, seed, run, 'last.pth', f'{run}', cells)


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
    line = '| a/x | advbn | 3 | [90.0] ± 0.0 | 43.0 ± 3.0 | 43.0 ± 3.0 | +12.0 ± 2.6 | +12.0 ± 3.0 |'
    assert line in markdown(matrix)


def test_runs_of_one_seed_are_not_averaged():
    matrix = matrix_of(row('advbn', [1] * 10, run='eps_01'), row('advbn', [2] * 10, run='eps_05'),
                       row('advbn', [3] * 10, branch='aux', run='eps_05'))
    assert [label for _, label in matrix.summary().runs.index] == ['advbn [eps_01]', 'advbn [eps_05]', 'advbn (aux)']


def test_a_row_replaces_the_older_one_of_its_run():
    matrix = matrix_of(row('advbn', [1] * 10), row('advbn', [2] * 10), row('advbn', [3] * 10, branch='aux'))
    assert [(each.branch, each.cells['nyc/dawn']['miou']) for each in matrix.rows] == [('main', 2), ('aux', 3)]


def test_the_papers_rows_stand_only_beside_synthia():
    rows = [row('baseline', [10] * 10), row('advbn', [20] * 10)]
    assert '(paper)' not in markdown(matrix_of(*rows))
    text = markdown(matrix_of(*rows, benchmark='synthia'))
    assert '| nyc/spring | advbn (paper) | 1 | 57.5 | 55.1 | 55.4 | [66.5] | 52.7 | 23.8 |' in text
    assert 'highway/dawn |' in text and '| highway/dawn | advbn' not in text  # only sources that were trained


def test_all_outputs_can_be_made_again_from_the_json(tmp_path):
    matrix = matrix_of(row('baseline', TABLE_3['nyc/spring']['baseline']),
                       row('my_method', [*TABLE_3['nyc/spring']['advbn'][:9], None]))  # a domain without known classes
    matrix.save(tmp_path / 'matrix.json')
    again = CrossDomainMatrix.load(tmp_path / 'matrix.json')
    assert again == matrix
    files = write_reports(matrix, tmp_path / 'a')
    assert [file.name for file in files] == ['matrix.csv', 'matrix.md', 'matrix.tex', 'matrix.png']
    for file, copy in zip(files, write_reports(again, tmp_path / 'b')):
        assert file.read_bytes() == copy.read_bytes()
    assert {file.name for file in (tmp_path / 'a').iterdir()} == {file.name for file in files}  # nothing half-written
    table = pd.read_csv(files[0])
    assert table['nyc/spring'].tolist() == [65.9, 66.5] and math.isnan(table.unseen[1])
    tex = files[2].read_text()
    assert r'my\_method' in tex and r'\underline{65.9}' in tex and tex.count('{') == tex.count('}')
    assert files[3].read_bytes().startswith(b'\x89PNG')


def test_the_table_fits_a_wide_terminal():
    from rich.console import Console
    console = Console(width=140, record=True, file=open('/dev/null', 'w'))
    console.print(rich_table(matrix_of(row('baseline', range(10)), row('advbn', range(10)), benchmark='synthia')))
    text = console.export_text()
    assert '[3.0]' in text and 'adv_training (paper)' in text and '…' not in text


@pytest.mark.parametrize('text', [None, 'not json', '[]', json.dumps(dict(rows=[])), '{"rows": [{"method": 1}]}'])
def test_a_file_that_is_no_matrix(tmp_path, text):
    if text is not None:
        (tmp_path / 'matrix.json').write_text(text)
    with pytest.raises(UserError, match='matrix.json is no matrix.json of this tool'):
        CrossDomainMatrix.load(tmp_path / 'matrix.json')

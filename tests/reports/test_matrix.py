"""The files and tables of a matrix."""
import math

import pandas as pd
from rich.console import Console

from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix
from advbn_seg.evaluation.segmentation.published import TABLE_3
from advbn_seg.reports.matrix import domain_table, matrix_report
from advbn_seg.reports.tables import as_markdown

from ..evaluation.segmentation.test_matrix import matrix_of, row


def test_a_line_has_means_deviations_and_gains():
    def make(method, unseen, seed):
        return row(method, [90, unseen], seed, source='a/x', targets=['a/x', 'a/y'])

    matrix = matrix_of(make('advbn', 40, 0), make('advbn', 43, 1), make('advbn', 46, 7), make('finetune', 31, 0),
                       make('baseline', 30, 0), make('baseline', 32, 1), targets=['a/x', 'a/y'])
    text = as_markdown(matrix_report(matrix).tables)
    assert '| a/x | AdvBN (paper) | 3 | [90.0] ± 0.0 | 43.0 ± 3.0 | 43.0 ± 3.0 | +12.0 ± 2.6 | +12.0 ± 3.0 |' in text
    assert '| a/x | AdvBN (paper) | 43.0 ± 3.0 | – |' in text  # the classes


def test_a_row_without_any_number_is_shown(tmp_path):
    matrix = matrix_of(row('advbn', [None] * 10), row('baseline', []))
    files = matrix_report(matrix).write(tmp_path)
    assert '| nyc/spring | baseline | 1 | – | – |' in files[1].read_text()


def test_labels_of_no_class_are_told():
    rows = [row(method, [10, 20], targets=['a/x', 'a/y']) for method in ('baseline', 'advbn')]
    for each in rows:
        each.cells['a/x']['confusion'] = [[5, 1, 0], [1, 3, 0], [0, 0, 0]]
        each.cells['a/y']['confusion'] = [[2, 0, 0], [0, 3, 0], [4, 1, 0]]
    note = domain_table(matrix_of(*rows, targets=['a/x', 'a/y'])).note
    assert ' 50.0 % of the labelled pixels of a/y have ids of no class, and count as errors. Give its' in note
    assert 'a/x' not in note


def test_a_source_with_a_slip_in_its_name_is_told():
    note, other = (domain_table(matrix_of(row('baseline', [10, 20], source=source, targets=['a/x', 'b/yy']),
                                          targets=['a/x', 'b/yy'])).note for source in ('b/yyy', 'c/z'))
    assert note.endswith(' The source b/yyy is none of the domains, so all of them count as unseen, b/yy too.')
    assert 'is none of the domains' not in other


def test_the_papers_rows_stand_only_beside_synthia():
    rows = [row('baseline', [10] * 10), row('advbn', [20] * 10)]
    assert '(published)' not in as_markdown(matrix_report(matrix_of(*rows)).tables)
    text = as_markdown(matrix_report(matrix_of(*rows, benchmark='synthia')).tables)
    assert '| nyc/spring | AdvBN (published) | 1 | 57.5 | 55.1 | 55.4 | [66.5] | 52.7 | 23.8 |' in text
    assert 'highway/dawn |' in text and '| highway/dawn | AdvBN' not in text  # only sources that were trained


def test_all_outputs_can_be_made_again_from_the_json(tmp_path):
    matrix = matrix_of(row('baseline', TABLE_3['nyc/spring']['baseline']),
                       row('my_method', [*TABLE_3['nyc/spring']['advbn'][:9], None]))  # a domain without known classes
    matrix.save(tmp_path / 'matrix.json')
    again = CrossDomainMatrix.load(tmp_path / 'matrix.json')
    assert again == matrix
    files = matrix_report(matrix).write(tmp_path / 'a')
    assert [file.name for file in files] == ['matrix.csv', 'matrix.md', 'matrix.tex', 'matrix.png', 'report.html']
    for file, copy in zip(files, matrix_report(again).write(tmp_path / 'b')):
        assert file.read_bytes() == copy.read_bytes()
    assert {file.name for file in (tmp_path / 'a').iterdir()} == {file.name for file in files}  # nothing half-written
    table = pd.read_csv(files[0])
    assert table['nyc/spring'].tolist() == [65.9, 66.5] and math.isnan(table.unseen[1])
    tex = files[2].read_text()
    assert r'my\_method' in tex and r'\underline{65.9}' in tex and tex.count('{') == tex.count('}')
    assert files[3].read_bytes().startswith(b'\x89PNG')


def test_the_table_fits_a_wide_terminal():
    console = Console(width=140, record=True, file=open('/dev/null', 'w'))
    report = matrix_report(matrix_of(row('baseline', range(10)), row('advbn', range(10)), benchmark='synthia'))
    report.show(console)
    text = console.export_text()
    assert '[3.0]' in text and 'adversarial training (published)' in text
    assert '…' not in text and 'IoU of each class' not in text
    report.show(console, everything=True)
    assert 'IoU of each class' in console.export_text()

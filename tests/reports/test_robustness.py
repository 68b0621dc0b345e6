"""The files and tables of robustness."""
import pandas as pd

from advbn_seg.evaluation.classification.robustness import Robustness
from advbn_seg.reports.robustness import parts, robustness_page, robustness_report
from advbn_seg.reports.tables import as_markdown
from advbn_seg.reports.terms import explained

from ..evaluation.classification.test_robustness import row


def text_of(robustness):
    return as_markdown(robustness_report(robustness).tables)


def test_gains_are_a_table_where_there_is_a_control():
    rows = [row('finetune', shift=3), row(branch='aux', shift=9)]
    assert '| AdvBN (paper), aux | -6.0 | ' in text_of(Robustness(rows))
    assert 'Difference' not in text_of(Robustness([row()]))


def test_the_papers_rows_stand_beside_imagenets_only():
    text = text_of(Robustness([row()]))
    assert '| AdvBN (paper) | 70.0 | ' in text and '| AdvBN (published) | – | 72.7 | 69.5 | 27.9 |' in text
    assert '| fog | 36.6 | 66 | 63 |' in text  # Table 4: ours, the paper's base model and AdvBN
    assert '| fog 5 | 50.0 | 75 | 72 |' in text  # Table 5
    assert 'w/ aux. BN' not in text and 'w/ aux. BN' in text_of(Robustness([row(branch='aux')]))  # Table 7
    assert '(published)' not in text_of(Robustness([row(classes=10)]))


def test_table_8_stands_beside_imagenet_advbn_with_both_accuracies():
    attacked = row()
    attacked.cells = {'imagenet': attacked.cells['imagenet'], 'advbn': dict(images=9, top1=5, top5=12)}
    text = text_of(Robustness([attacked]))
    assert '| method | clean | ImageNet-AdvBN |' in text and '| AdvBN (paper) | 70.0 / 90.0 | 5.0 / 12.0 |' in text
    assert '| AdvBN, VGG-19 (paper) | 77.0 / – | 4.7 / 11.9 |' in text
    assert '| Standard Training, ResNet-50 (paper) | 76.1 / – | 0.4 / 1.3 |' in text
    attacked.cells['reconstructed'] = dict(images=9, top1=50, top5=75)
    assert '(paper) | 76.1 / – | 0.4 / 1.3 | 65.7 / 86.9 |' in text_of(Robustness([attacked]))
    attacked.classes = 10
    assert 'ResNet-50 (paper)' not in text_of(Robustness([attacked]))


def test_tables_have_what_was_measured_only():
    few = row()
    few.cells = {'imagenet': few.cells['imagenet']}
    report = robustness_report(Robustness([few]))
    assert [table.title for table in report.tables] == ['Top-1 accuracy in percent; ↓ is an error',
                                                        'Each set: top-1 / top-5 accuracy']
    assert not report.pictures
    assert '| AdvBN (paper) | 70.0 / 90.0 |' in text_of(Robustness([few]))


def test_the_first_table_says_how_many_images_each_set_has():
    small = row()
    small.cells = {name: {**cell, 'images': images} for (name, cell), images in zip(
        [(name, small.cells[name]) for name in ('imagenet', 'imagenet-c/fog/5', 'imagenet-c/fog/4')], (50, 25, 24))}
    first, *others = robustness_report(Robustness([small])).tables
    assert first.note == 'Images: clean 50, corrupted 24 to 25 a folder.'
    assert not any(table.note for table in others)


def test_a_difference_says_how_many_pairs_it_is_over_also_on_the_page():
    rows = [row(method, seed=seed, shift=seed) for method, seeds in (
        ('baseline', 2), ('finetune', 2), ('advbn', 3), ('np', 2)) for seed in range(seeds)]
    table = robustness_report(Robustness(rows)).tables[1]
    assert table.note == 'Pairs of runs with the same network and seed: 2 a method.'
    line = next(line for line in robustness_page(Robustness(rows))['lines']
                if line['method'] == 'advbn' and line['seed'] is None)
    assert line['runs'] == 3 and line['cells'][0]['gains'] == {'baseline': [0, 0], 'finetune': [0, 0]}


def test_parts_of_sets_are_called_so_and_stand_in_their_places():
    part = row()
    part.cells = {name: part.cells[name] for name in ('sketch', 'instagram/rise', 'imagenet-c/fog/5', 'imagenet')}
    report = robustness_report(Robustness([part]))
    assert list(report.tables[0].cells) == ['clean', 'corrupted (1 of 75 sets) ↓', 'Instagram (1 of 20 filters)',
                                            'Sketch']
    assert {'clean', 'corrupted ↓', 'Instagram', 'Sketch'} <= dict(explained(report.tables[0])).keys()
    columns = robustness_page(Robustness([part]))['columns']
    assert [column['lower'] for column in columns] == [False, True, False, False]
    assert parts(part, 'imagenet-c (1 of 75)') == {'fog/5': 50}


def test_reports_are_files(tmp_path):
    files = robustness_report(Robustness([row(), row('finetune', shift=3)])).write(tmp_path)
    assert [file.name for file in files] == [
        *(f'robustness.{suffix}' for suffix in ('csv', 'md', 'tex', 'png')), 'report.html']
    assert pd.read_csv(files[0])['sketch'].tolist() == [30, 27]
    assert r'fog & 36.6 & 40.3 & 66 & 63 \\' in files[2].read_text()
    assert files[3].read_bytes().startswith(b'\x89PNG')

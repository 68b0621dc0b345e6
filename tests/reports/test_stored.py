"""The tables in results/ are those that the tools make of the JSON beside them, to the digit."""
from pathlib import Path

import pytest

from advbn_seg.evaluation.classification.robustness import Robustness
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix
from advbn_seg.reports.matrix import matrix_report
from advbn_seg.reports.report import FORMATS
from advbn_seg.reports.robustness import robustness_report

RESULTS = Path(__file__).parents[2] / 'results'
KINDS = dict(matrix=(CrossDomainMatrix, matrix_report), robustness=(Robustness, robustness_report))
STORED = [file for kind in KINDS for file in sorted(RESULTS.glob(f'*/{kind}.json')) if file.with_suffix('.md').exists()]


def test_there_are_some():
    assert {f'{file.parent.name}/{file.stem}' for file in STORED} >= {
        'mini_synthia/matrix', 'mini_synthia_eps/matrix', 'camvid/matrix', 'digits/robustness',
        'efficientnet_lite0/robustness'}


@pytest.mark.slow
@pytest.mark.parametrize('file', STORED, ids=lambda file: f'{file.parent.name}-{file.stem}')
def test_the_stored_files_are_made_again(file, tmp_path):
    kind, report = KINDS[file.stem]
    results = kind.load(file)
    shown = report(results)
    for suffix, text in FORMATS.items():
        assert text(shown) == file.with_suffix(f'.{suffix}').read_text(encoding='utf-8'), suffix
    results.save(tmp_path / 'again.json')
    assert (tmp_path / 'again.json').read_bytes() == file.read_bytes()


def test_numbers_of_the_matrix_that_version_0_1_wrote():
    text = (RESULTS / 'mini_synthia/matrix.md').read_text(encoding='utf-8')
    assert ('| nyc/spring | AdvBN (running), aux | 3 | 43.7 ± 0.3 | 42.4 ± 0.6 | 34.6 ± 1.6 | [47.0] ± 0.6 | '
            '41.1 ± 0.6 | 22.7 ± 1.2 | 21.7 ± 0.8 | 18.2 ± 1.2 | 28.5 ± 0.8 | '
            '20.3 ± 1.2 | 30.4 ± 0.6 | +2.0 ± 0.7 | +1.3 ± 0.4 |'
            ) in text
    assert ('| highway/dawn | fine-tune (no adversary) | 3 | 31.3 ± 0.2 | 25.1 ± 0.5 | 23.8 ± 0.6 | 29.7 ± 0.3 | '
            '25.5 ± 0.6 | [51.3] ± 0.5 | 45.1 ± 0.6 | 37.8 ± 1.4 | 47.1 ± 0.5 | 40.6 ± 0.2 | 34.0 ± 0.2 | '
            '+0.8 ± 0.3 | – |') in text


def test_numbers_of_robustness_that_version_0_1_wrote():
    text = (RESULTS / 'digits/robustness.md').read_text(encoding='utf-8')
    assert '| AdvBN (paper), auto | 96.5 ± 0.3 | 52.4 ± 4.7 | 82.0 ± 2.5 | 62.1 ± 7.6 |' in text
    assert '| AdvBN (running, shared norms) | -1.4 ± 0.2 | -9.0 ± 1.9 | +3.9 ± 2.9 | +2.1 ± 5.7 |' in text
    assert '| EfficientNet-Lite0 | 87.4 | 70.2 | 81.4 |' in (
        RESULTS / 'efficientnet_lite0/robustness.md').read_text(encoding='utf-8')

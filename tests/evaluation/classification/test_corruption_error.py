"""mCE, and the paper's numbers as we copied them."""
from statistics import fmean

import pytest

from advbn_seg.evaluation.classification import published as paper
from advbn_seg.evaluation.classification.corruption_error import ALEXNET_ERROR, corruption_errors
from advbn_seg.synthetic.corruptions import CORRUPTIONS


def test_alexnet_itself_has_an_error_of_100():
    errors = {name: [100 * error] * 5 for name, error in ALEXNET_ERROR.items()}
    assert list(corruption_errors(errors, ALEXNET_ERROR).values()) == pytest.approx([100] * 15)


def test_severities_are_averaged_before_the_division():
    errors = {name: [10, 20, 30, 40, 50] for name in CORRUPTIONS}
    assert corruption_errors(errors)['fog'] == pytest.approx(30)
    assert corruption_errors(errors, ALEXNET_ERROR)['fog'] == pytest.approx(30 / .819324)
    assert list(corruption_errors(errors)) == list(CORRUPTIONS)


def test_the_papers_raw_errors_give_its_mce():
    """Table 5, rounded to whole percent, against Table 1; its AugMix would have 65.3 there instead of 68.4."""
    errors = corruption_errors(paper.TABLE_5['AugMix + AdvBN'], ALEXNET_ERROR)
    assert fmean(errors.values()) == pytest.approx(paper.TABLE_1['Augmix + AdvBN']['imagenet-c'], abs=0.5)


@pytest.mark.parametrize('method, row', [('Base model', 'Standard Training'), ('AdvBN', 'AdvBN')])
def test_the_papers_corruption_errors_have_its_mce_as_their_mean(method, row):
    errors = dict(paper.TABLE_4[method])
    assert errors.pop('mCE') == paper.TABLE_1[row]['imagenet-c']
    errors.pop('clean')
    assert fmean(errors.values()) == pytest.approx(paper.TABLE_1[row]['imagenet-c'], abs=0.5)

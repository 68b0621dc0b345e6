"""The command line, in this process."""
from functools import partial

import pytest

from advbn_seg.evaluation.classification.robustness import Robustness, Row


@pytest.fixture
def tool(call):
    return partial(call, 'evaluate_robustness.py')


def write(path, *methods):
    rows = [Row(method, 'paper', 0, f'{method}.pth', method, 10, {'imagenet': dict(images=9, top1=70, top5=90)})
            for method in methods]
    Robustness(rows).save(path)
    return path


def test_rows_of_several_files_make_one_table(tool, tmp_path):
    files = write(tmp_path / 'a.json', 'baseline', 'finetune'), write(tmp_path / 'b.json', 'advbn')
    code, text, _ = tool('--from-json', *files, '--out', tmp_path / 'both')
    assert code == 0 and text.index('baseline') < text.index('finetune') < text.index('advbn')
    kept = Robustness.load(tmp_path / 'both' / 'robustness.json')
    assert [row.method for row in kept.rows] == ['baseline', 'finetune', 'advbn']
    assert tool('--from-json', tmp_path / 'both' / 'robustness.json')[1] == text  # into the same folder
    assert Robustness.load(tmp_path / 'both' / 'robustness.json') == kept


def test_a_file_that_is_not_there(tool, tmp_path):
    code, text, error = tool('--from-json', tmp_path / 'nowhere.json')
    assert code == 2 and text == '' and not list(tmp_path.iterdir())
    assert error.startswith(f'error: {tmp_path}/nowhere.json does not exist; give a ') and error.count('\n') == 1


@pytest.mark.parametrize('other', ['uci', 'uci=', '=folder', 'sketch=folder'])
def test_other_sets_have_a_name_of_their_own_and_a_folder(tool, other):
    code, _, error = tool('config.py', 'checkpoint.pth', '--sketch', 'sketch', '--other', other)
    assert code == 2 and f'--other takes NAME=DIR with names that no other set has, found {other}' in error


def test_sets_or_json(tool):
    code, _, error = tool('config.py', 'checkpoint.pth')
    assert code == 2 and 'at least one set, such as --imagenet DIR; or --from-json FILE' in error

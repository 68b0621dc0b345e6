"""The command line, in this process."""
from functools import partial
from pathlib import Path

import pytest

from advbn_seg.evaluation.classification.robustness import Robustness, RobustnessRow


@pytest.fixture
def tool(call):
    return partial(call, 'evaluate_robustness.py')


def write(path, *methods):
    rows = [RobustnessRow(method, 'paper', 0, f'{method}.pth', method, 10,
                          {'imagenet': dict(images=9, top1=70, top5=90)}) for method in methods]
    Robustness(rows).save(path)
    return path


def test_rows_of_several_files_make_one_table(tool, tmp_path):
    files = write(tmp_path / 'a.json', 'baseline', 'finetune'), write(tmp_path / 'b.json', 'advbn')
    code, text, _ = tool('--from-json', *files, '--out', tmp_path / 'both')
    assert code == 0 and text.index('baseline') < text.index('fine-tune') < text.index('AdvBN (paper)')
    kept = Robustness.load(tmp_path / 'both' / 'robustness.json')
    assert [row.method for row in kept.rows] == ['baseline', 'finetune', 'advbn']
    assert tool('--from-json', tmp_path / 'both' / 'robustness.json')[1] == text  # into the same folder
    assert Robustness.load(tmp_path / 'both' / 'robustness.json') == kept


def test_a_row_that_was_measured_on_two_sets_of_images_is_in_one_of_the_files(tool, tmp_path):
    files = []
    for name in 'ab':
        cell = dict(images=9, top1=70, top5=90, data=name)
        files.append(tmp_path / f'{name}.json')
        Robustness([RobustnessRow('advbn', 'paper', 0, 'advbn.pth', 'advbn', 10, {'imagenet': cell})]).save(files[-1])
    code, _, error = tool('--from-json', *files, '--out', tmp_path / 'both')
    assert code == 2 and error.startswith(f'error: imagenet: the frames of advbn.pth in {files[0]} and of advbn.pth in '
                                          f'{files[1]} are not the same; ')
    assert not (tmp_path / 'both').exists()


def test_a_file_that_is_not_there(tool, tmp_path):
    code, text, error = tool('--from-json', tmp_path / 'nowhere.json')
    assert code == 2 and text == '' and not list(tmp_path.iterdir())
    assert error.startswith(f'error: {tmp_path}/nowhere.json does not exist; give a robustness.json')
    assert error.count('\n') == 1


@pytest.mark.parametrize('other', ['uci', 'uci=', '=folder', 'sketch=folder'])
def test_other_sets_have_a_name_of_their_own_and_a_folder(tool, other):
    code, _, error = tool('config.py', 'checkpoint.pth', '--sketch', 'sketch', '--other', other)
    assert code == 2 and f'--other takes NAME=DIR with names that no other set has, found {other}' in error


@pytest.mark.parametrize('arguments', [[], ['run', '--from-json', 'robustness.json']])
def test_runs_or_json(tool, arguments):
    code, _, error = tool(*arguments)
    assert code == 2 and 'at least one set, such as --imagenet DIR; or --from-json FILE' in error


def test_a_run_without_sets(tool, advbn):
    code, _, error = tool(advbn)
    assert code == 2 and error == ('error: advbn: there is nothing to score it on; give at least one set, such as '
                                   '--imagenet DIR, or --domains FILE\n')


def test_a_work_dir_and_its_config_with_checkpoint_are_the_same_and_branches_are_rows(tool, advbn, sets, tmp_path):
    options = ['--imagenet', sets / 'imagenet', '--other', f'new={sets}/sketch', '--device', 'cpu', '--num-workers', 0]
    code, text, error = tool(advbn, *options, '--norm-branch', 'main', 'aux', '--out', 'a')
    assert code == 0 and 'tiny, main' in text and 'tiny, aux' in text, error
    (tmp_path / 'sets.py').write_text(f"domains = [dict(name='imagenet', folder='{sets}/imagenet'), "
                                      f"dict(name='new', folder='{sets}/sketch')]")
    tool(advbn / 'tiny.py', advbn / 'epoch_1.pth', '--domains', tmp_path / 'sets.py', '--norm-branch', 'main', 'aux',
         '--out', 'b')
    a, b = (Robustness.load(Path(name) / 'robustness.json') for name in 'ab')
    assert [row.cells for row in a.rows] == [row.cells for row in b.rows]
    assert [row.branch for row in a.rows] == ['main', 'aux'] and list(a.rows[0].cells) == ['imagenet', 'new']

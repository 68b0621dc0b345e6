"""The command line, in this process."""
import json
import shutil
from functools import partial

import pytest
import torch
from PIL import Image

from ..evaluation.tiny_domains import config
from ..other_process import held_by_another_process


@pytest.fixture
def tool(call):
    return partial(call, 'cross_domain_matrix.py')


def test_from_runs_to_files_and_back_from_json(tool, make_run, tmp_path):
    runs = make_run('a', method='baseline'), make_run('b', seed=1, method='advbn')
    out = tmp_path / 'out'
    code, text, errors = tool(*runs, '--out', out, '--batch-size', 3, '--num-workers', 0, '--device', 'cpu')
    assert code == 0 and 'baseline' in text and 'unseen' in text and f'Written to {out}' in text
    files = {file.name: file.read_bytes() for file in out.iterdir() if file.is_file()}
    assert files.keys() == {*(f'matrix.{suffix}' for suffix in ('json', 'csv', 'md', 'tex', 'png')), 'report.html'}
    for name in files.keys() - {'matrix.json'}:
        (out / name).unlink()
    code, again, _ = tool('--from-json', out / 'matrix.json')
    assert code == 0 and text.endswith(again)
    remade = {file.name: file.read_bytes() for file in out.iterdir() if file.is_file()}
    assert remade.pop('report.html') != files.pop('report.html')  # which names the command
    assert remade == files


def test_gains_and_pictures_of_other_weights_do_not_stay(tool, make_run, tmp_path):
    def trained(name, noise, seed=0):
        folder = make_run(name, seed=seed, method=name)
        checkpoint = torch.load(folder / 'epoch_1.pth')
        checkpoint['state_dict']['decode_head.conv_seg.bias'] += noise * torch.arange(4)
        torch.save(checkpoint, folder / 'epoch_1.pth')
        return folder

    runs = [trained(name, noise) for noise, name in enumerate(('baseline', 'finetune', 'advbn'))]
    code, _, error = tool(*runs, '--examples', '--out', 'out', '--device', 'cpu')
    assert code == 0, error
    before = {file.name for file in (tmp_path / 'out').iterdir()}
    assert {'gains.md', 'gains.csv', 'gains.tex', 'gains.png', 'examples.png'} <= before
    shutil.rmtree(runs[1])
    trained('finetune', 1, seed=1)  # of which there is no advbn to compare with
    code, text, _ = tool(*runs, '--out', 'out', '--device', 'cpu')
    gone = before - {file.name for file in (tmp_path / 'out').iterdir()}
    assert code == 0 and {'gains.md', 'gains.csv', 'gains.tex', 'gains.png', 'examples.png'} <= gone
    assert f'Removed from out, as they were of other rows: {", ".join(sorted(gone))}' in text


def test_a_run_that_diverged_is_shown_with_its_reason(tool, make_run, tmp_path):
    *others, diverged = (make_run(name, seed=seed, method=name) for seed, name in
                         ((0, 'baseline'), (1, 'finetune'), (2, 'np'), (1, 'advbn')))
    (diverged / 'run.json').write_text('{"diverged": "loss is nan in iteration 3"}')
    code, _, errors = tool(*others, diverged, '--examples', '--out', 'out', '--device', 'cpu')
    assert code == 0, errors
    row = next(line for line in (tmp_path / 'out/matrix.md').read_text().splitlines() if 'diverged |' in line)
    assert row.count('| –') >= 4  # each domain, and the mean
    assert 'loss is nan in iteration 3' in (tmp_path / 'out/report.html').read_text()
    assert 'no intervals' not in (tmp_path / 'out/gains.md').read_text()


def test_images_of_several_sizes_one_by_one(tool, make_run, data_root, tmp_path):
    root = tmp_path / 'data'
    shutil.copytree(data_root, root)
    for kind in ('img', 'gt'):
        file = root / 'nyc/dawn' / kind / '0.png'
        Image.open(file).crop((0, 0, 12, 8)).save(file)
    loader = {**config(root, 'nyc/dawn').test_dataloader, 'batch_size': 3}
    runs = [make_run(name, seed=seed, method=name, root=root, test_dataloader=loader)
            for seed, name in enumerate(('baseline', 'advbn'))]
    code, text, error = tool(*runs, '--examples', '--batch-size', 1, '--out', 'out', '--device', 'cpu')
    assert code == 0 and 'examples.png' in text, error


def test_json_of_several_folders_brings_the_counts_of_images_along(tool, make_run, tmp_path):
    for name in 'ab':
        make_run(name, seed='ab'.index(name))
        tool(name, '--out', tmp_path / f'{name}_out')
    tool('--from-json', *(tmp_path / f'{name}_out' / 'matrix.json' for name in 'ab'), '--out', tmp_path / 'both')
    found, *expected = ({file.name for file in (tmp_path / name / 'counts').iterdir()}
                        for name in ('both', 'a_out', 'b_out'))
    assert found == set.union(*expected) and len(found) == 2


def test_json_brings_examples_along_and_tells_of_trainings_that_are_not_found(tool, make_run, tmp_path, monkeypatch):
    runs = [make_run(method, seed=seed, method=method).name for seed, method in enumerate(('baseline', 'advbn'))]
    code, text, _ = tool(*runs, '--examples', '--out', 'all', '--device', 'cpu')
    assert code == 0 and 'Not found from here' not in text
    (tmp_path / 'elsewhere').mkdir()
    monkeypatch.chdir(tmp_path / 'elsewhere')
    code, text, _ = tool('--from-json', tmp_path / 'all/matrix.json', '--out', 'copy')
    assert code == 0 and 'Not found from here: 2 of 2 trainings, such as baseline; their curves, machines and' in text
    for name in ('examples.json', 'examples.png'):
        assert (tmp_path / 'elsewhere/copy' / name).read_bytes() == (tmp_path / 'all' / name).read_bytes()


def test_json_without_a_domain_goes_into_a_folder_of_its_own(tool, make_run, tmp_path):
    runs = [make_run(method, seed=seed, method=method).name for seed, method in enumerate(('baseline', 'advbn'))]
    tool(*runs, '--examples', '--out', 'all', '--device', 'cpu')
    kept = {file.name: file.read_bytes() for file in (tmp_path / 'all').iterdir() if file.is_file()}
    for _ in range(2):
        code, _, errors = tool('--from-json', 'all/matrix.json', '--without', 'nyc/fog', '--out', 'clear')
        assert code == 0, errors
        matrix, shown = (json.loads((tmp_path / 'clear' / name).read_text()) for name in ('matrix.json',
                                                                                          'examples.json'))
        assert 'nyc/fog' not in json.dumps([matrix, shown]) and {frame['target'] for frame in shown['frames']} == {
            *matrix['targets']}
    code, _, errors = tool('--from-json', 'all/matrix.json', '--without', 'nyc/fog')
    assert code == 2 and 'all/matrix.json has the targets ' in errors
    assert errors.endswith('give it an --out of its own\n')
    code, _, errors = tool(*runs, '--without', 'nyc/fog')
    assert code == 2 and errors.startswith('error: --without DOMAIN needs --from-json FILE')
    assert kept == {file.name: file.read_bytes() for file in (tmp_path / 'all').iterdir() if file.is_file()}


def test_json_of_two_trainings_at_one_place_or_of_other_frames_is_refused(tool, make_run, tmp_path):
    files = [tmp_path / name / 'matrix.json' for name in 'ab']
    for seed, file in enumerate(files):
        shutil.rmtree(tmp_path / 'run', ignore_errors=True)
        make_run('run', seed=seed)
        tool('run', '--out', file.parent)
    kept, counts = files[0].read_bytes(), set((files[0].parent / 'counts').iterdir())
    code, _, errors = tool('--from-json', *files)
    assert code == 2 and errors == (f'error: {files[0]} and {files[1]}: each has a training run, and they are not the '
                                    'same; move the work dir of one, and score it there\n')
    code, text, _ = tool('--from-json', files[0], '--out', tmp_path / 'two')
    assert code == 0 and 'Replaced' not in text
    code, text, _ = tool('--from-json', files[1], '--out', tmp_path / 'two')
    assert code == 0 and 'matrix.json, as the weights are others: run ' in ' '.join(text.split()) + ' '
    content = json.loads(files[1].read_text())
    content['rows'][0]['run'] = 'other'
    content['rows'][0]['cells']['nyc/fog']['data'] = '0' * 64
    files[1].write_text(json.dumps(content))
    code, _, errors = tool('--from-json', *files)
    assert code == 2 and errors.startswith(
        f'error: nyc/fog: the frames of run in {files[0]} and of other in {files[1]} are not the same; use the ')
    assert files[0].read_bytes() == kept and set((files[0].parent / 'counts').iterdir()) == counts


def test_a_row_of_other_weights_at_the_same_path_is_told_where_it_is_measured(tool, make_run, tmp_path, monkeypatch):
    for seed, project in enumerate('ab'):
        (tmp_path / project).mkdir()
        make_run('run', seed=seed).rename(tmp_path / project / 'run')
        monkeypatch.chdir(tmp_path / project)
        code, text, _ = tool('run', '--out', tmp_path / 'out', '--device', 'cpu')
        told = 'matrix.json, as the weights are others: run ' in ' '.join(text.split()) + ' '
        assert code == 0 and told == (project == 'b')


def test_json_is_not_joined_while_another_process_measures_there(tool, make_run, tmp_path):
    make_run('a')
    out = tmp_path / 'out'
    tool('a', '--out', out)
    kept = {file.name: file.read_bytes() for file in out.iterdir() if file.is_file()}
    with held_by_another_process(out) as other:
        code, text, errors = tool('--from-json', out / 'matrix.json')
        now = {file.name: file.read_bytes() for file in out.iterdir() if file.is_file()}
        assert code == 2 and text == '' and errors.startswith(f'error: {out} is in use: process {other.pid} on ')
        assert now.pop('.lock') and now == kept
        assert tool('--from-json', out / 'matrix.json', '--out', tmp_path / 'elsewhere')[0] == 0
    assert tool('--from-json', out / 'matrix.json')[0] == 0


def test_a_file_that_is_not_there_makes_no_folder(tool, tmp_path):
    assert tool('--from-json', tmp_path / 'nowhere' / 'matrix.json')[0] == 2
    assert not (tmp_path / 'nowhere').exists()


def test_gains_over_the_control_have_intervals_also_from_json(tool, make_run, tmp_path):
    for seed, (name, method) in enumerate((('a', 'baseline'), ('b', 'finetune'), ('c', 'advbn'))):
        config = make_run(name, seed=seed, method=method) / 'tiny_config.py'  # other weights each
        config.write_text(config.read_text().replace(f'seed={seed}', 'seed=0'))
    out = tmp_path / 'out'
    code, text, _ = tool('a', 'b', 'c', '--out', out)
    table = (out / 'gains.md').read_text()
    assert code == 0 and 'Gain over fine-tune (no adversary)' in text
    assert 'one seed the interval is over images only' in table
    line = next(line for line in table.splitlines() if '| AdvBN (paper) |' in line)
    assert line.count(' to ') == 4 and ' | 1 | ' in line
    (out / 'gains.md').unlink()
    tool('--from-json', out / 'matrix.json')
    assert (out / 'gains.md').read_text() == table
    code, text, _ = tool('--from-json', out / 'matrix.json', '--reference', 'baseline')
    assert code == 0 and 'Gain over baseline' in text
    assert tool('--from-json', out / 'matrix.json', '--reference', 'np')[0] == 2


def test_a_misspelt_reference_is_refused_before_anything_is_measured(tool, make_run, tmp_path):
    make_run('a', method='baseline')
    code, _, said = tool('a', '--out', tmp_path / 'out', '--reference', 'baselin')
    assert code == 2 and 'gains over baselin were asked for, but there are only runs of baseline' in said
    assert not (tmp_path / 'out').exists()
    assert tool('a', '--out', tmp_path / 'out')[0] == 0
    make_run('b', seed=1, method='advbn')
    assert tool('b', '--out', tmp_path / 'out', '--reference', 'baseline')[0] == 0  # which has a row there


@pytest.mark.parametrize('arguments', [['nowhere'], ['run', '--norm-branch', 'aux'], ['--from-json', 'nowhere.json'],
                                       ['run', '--launcher', 'pytorch']])
def test_bad_input_is_one_sentence_and_exit_code_2(tool, make_run, arguments):
    make_run()
    code, text, errors = tool(*arguments)
    assert code == 2 and text == ''
    assert errors.startswith('error: ') and errors.count('\n') == 1


@pytest.mark.parametrize('arguments', [[], ['run', '--from-json', 'matrix.json']])
def test_runs_or_json(tool, arguments):
    code, _, errors = tool(*arguments)
    assert code == 2 and 'give either one RUN or more' in errors


@pytest.mark.parametrize('flags', [['--norm-branch', 'aux'], ['--device', 'cpu'], ['--cfg-options', 'model.x=1']])
def test_json_is_not_measured_again(tool, tmp_path, flags):
    code, text, errors = tool('--from-json', tmp_path / 'matrix.json', *flags)
    assert code == 2 and text == '' and errors == (
        'error: --from-json FILE shows rows as they were measured: leave out sets of images, --domains, --norm-branch, '
        '--cfg-options, --batch-size, --num-workers, --device; or give RUN to measure\n')


def test_rows_of_a_file_of_another_name_do_not_go_into_the_matrix_beside_it(tool, make_run, tmp_path):
    tool(make_run('a'), '--out', 'out')
    before = shutil.copy('out/matrix.json', 'out/before.json')
    code, _, error = tool('--from-json', before)
    assert code == 2 and 'the rows of out/before.json would go into the matrix.json beside it: give --out' in error
    assert tool('--from-json', before, '--out', 'again')[0] == 0


def test_files_that_no_report_has_left_are_not_removed(tool, make_run, tmp_path):
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'gains.csv').write_text('mine')
    code, text, _ = tool(make_run('run'), '--out', out)
    assert code == 0 and 'Removed' not in text and (out / 'gains.csv').read_text() == 'mine'


def test_gains_over_a_method_with_two_trainings_of_a_seed_say_why_there_are_none(tool, make_run, tmp_path):
    for seed, (name, method) in enumerate((('a', 'photometric'), ('b', 'photometric'), ('c', 'advbn'))):
        config = make_run(name, seed=seed, method=method) / 'tiny_config.py'
        config.write_text(config.read_text().replace(f'seed={seed}', 'seed=0'))
    with pytest.warns(UserWarning, match='nothing can be held against photometric. .*: 2 runs of photometric'):
        assert tool('a', 'b', 'c', '--reference', 'photometric', '--out', tmp_path / 'out')[0] == 0

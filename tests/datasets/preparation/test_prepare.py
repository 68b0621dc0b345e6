import json
import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from advbn_seg.datasets.layout import image_folder, label_folder
from tests.datasets.synthia_files import label_array, write_frame, write_png, write_sequence

TOOL = str(Path(__file__).parents[3] / 'tools' / 'prepare_synthia.py')


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the tool as its user would; returns 0 or the message that it leaves with, and its output."""
    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', [TOOL, *map(str, arguments)])
        try:
            runpy.run_path(TOOL, run_name='__main__')
            status = 0
        except SystemExit as leave:
            status = leave.code
        output = capsys.readouterr()
        return output.err.strip() if status == 2 else status, output.out
    return call


def snapshot(folder):
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in folder.rglob('*')}


def zipped(tmp_path, *names, **options):
    for name in names:
        write_sequence(tmp_path / 'source', name, **options)
        shutil.make_archive(tmp_path / name, 'zip', tmp_path / 'source', name)
        shutil.rmtree(tmp_path / 'source')
    return [tmp_path / f'{name}.zip' for name in names]


def test_from_archives_to_split_lists_and_again(tmp_path, run):
    archives, root = zipped(tmp_path, 'SYNTHIA-SEQS-01-DAWN', 'SYNTHIA-SEQS-02-FOG'), tmp_path / 'synthia'
    status, output = run(*archives, '--out', root, '--train', 5, '--val', 3)
    assert status == 0, output
    assert 'highway/dawn: 8 frames of 4x2, all well' in output and 'nyc/fog' in output
    assert len((root / 'splits' / 'nyc_fog_val.txt').read_text().split()) == 3
    before = snapshot(root)
    assert run(*archives, '--out', root, '--train', 5, '--val', 3)[0] == 0
    assert snapshot(root) == before


def test_what_is_checked_is_not_opened_again_until_it_changes(tmp_path, run, monkeypatch):
    sequence = write_sequence(tmp_path)
    sizes = ('--out', tmp_path, '--train', 5, '--val', 3)
    assert run(*sizes)[0] == 0
    monkeypatch.setattr('advbn_seg.datasets.preparation.prepare._check_frame', lambda frame: 'opened')
    assert run(*sizes)[0] == 0
    write_frame(sequence, '000003', ids=[[1, 2, 3, 3], [1, 1, 1, 1]])
    assert 'opened' in run(*sizes)[1]
    write_frame(sequence, '000003')
    monkeypatch.undo()
    assert run(*sizes)[0] == 0
    monkeypatch.setattr('advbn_seg.datasets.preparation.prepare._check_frame', lambda frame: 'opened')
    assert run(*sizes)[0] == 0
    shutil.rmtree(tmp_path / 'train_ids')  # which only opening the frames makes again
    assert 'opened' in run(*sizes)[1]
    (tmp_path / '.prepared.json').write_text('{"half')  # as good as none
    assert 'opened' in run(*sizes)[1]


def test_folders_are_used_in_place_or_linked(tmp_path, run):
    sequence = write_sequence(tmp_path / 'disk')
    sizes = ('--train', 5, '--val', 3)
    assert run(tmp_path / 'disk', '--out', tmp_path / 'disk', *sizes)[0] == 0
    assert not sequence.is_symlink()
    for _ in range(2):
        assert run(sequence, '--out', tmp_path / 'data', *sizes)[0] == 0
    assert (tmp_path / 'data' / sequence.name).resolve() == sequence.resolve()
    other = write_sequence(tmp_path / 'other')
    status, _ = run(other, '--out', tmp_path / 'data', *sizes)
    assert 'is there already, and is not from' in status and 'Traceback' not in status


def test_every_problem_has_a_line_and_a_bad_domain_no_list(tmp_path, run):
    bad = write_sequence(tmp_path)
    write_sequence(tmp_path, 'SYNTHIA-SEQS-02-SPRING')
    (image_folder(bad) / '000000.png').write_bytes(b'')
    (label_folder(bad) / '000003.png').unlink()
    write_png(label_folder(bad) / '000006.png', np.ones((2, 4), np.uint8))
    write_png(label_folder(bad) / '000009.png', label_array(np.zeros((2, 4))))
    write_png(label_folder(bad) / '000012.png', label_array(np.ones((3, 4))))
    write_frame(bad, '000015', ids=np.ones((9, 5)))
    status, output = run('--out', tmp_path, '--train', 5, '--val', 3)
    lines = output.splitlines()
    for stem, complaint in {'RGB/Stereo_Left/Omni_F/000000': 'cannot be decoded', '000003': 'has no label',
                            'LABELS/Stereo_Left/Omni_F/000006': '8-bit', '000009': 'void in every pixel',
                            '000012': 'is 4x2, but its label is 4x3',
                            '000015': 'is 5x9, but most of'}.items():
        assert [line for line in lines if f'{stem}.png' in line and complaint in line], (stem, output)
    assert status == 'No split lists for highway/dawn: mend the above and run this again.'
    lists = sorted(path.name for path in (tmp_path / 'splits').iterdir())
    assert lists == ['nyc_spring_train.txt', 'nyc_spring_val.txt']


def test_a_short_view_says_which_sizes_fit(tmp_path, run):
    write_sequence(tmp_path)
    status, output = run('--out', tmp_path)
    assert 'highway/dawn has 8 frames, fewer than 900 train + 500 val' in output
    assert 'such as 5 and 3' in output
    assert 'No split lists for highway/dawn' in status and not (tmp_path / 'splits').exists()


def test_other_sequence_numbers(tmp_path, run):
    write_sequence(tmp_path, 'SYNTHIA-SEQS-05-DAWN')
    status, output = run('--out', tmp_path, '--train', 5, '--val', 3)
    assert 'any domain' in status
    assert 'Not used, as --sequences does not name them: SYNTHIA-SEQS-05-DAWN' in output
    assert run('--out', tmp_path, '--train', 5, '--val', 3, '--sequences', 'nyc=05')[0] == 0
    assert (tmp_path / 'splits' / 'nyc_dawn_train.txt').exists()


def test_a_damaged_archive_leaves_nothing_and_the_next_run_goes_on(tmp_path, run):
    first, second = zipped(tmp_path, 'SYNTHIA-SEQS-01-DAWN', 'SYNTHIA-SEQS-01-FOG')
    whole = second.read_bytes()
    second.write_bytes(whole[:len(whole) // 2])
    root = tmp_path / 'synthia'
    status, _ = run(first, second, '--out', root, '--train', 5, '--val', 3)
    assert status.startswith(f'error: {second} cannot be unpacked')
    assert sorted(path.name for path in root.iterdir()) == ['.prepared.json', 'SYNTHIA-SEQS-01-DAWN']
    assert list(json.loads((root / '.prepared.json').read_text())) == [first.name]
    second.write_bytes(whole)
    assert run(first, second, '--out', root, '--train', 5, '--val', 3)[0] == 0


@pytest.mark.parametrize('arguments, complaint', [
    (['{tmp}/absent.rar'], 'absent.rar is not there'),
    (['{tmp}/empty'], 'No folder named like SYNTHIA-SEQS-01-DAWN'),
    ([], 'No folder named like SYNTHIA-SEQS-01-DAWN'),
    (['{tmp}/full', '--train', '0'], 'at least one frame on each side'),
])
def test_mistakes_are_one_sentence(tmp_path, run, arguments, complaint):
    (tmp_path / 'empty').mkdir()
    write_sequence(tmp_path / 'full')
    status, _ = run(*[argument.format(tmp=tmp_path) for argument in arguments], '--out', tmp_path / 'out')
    assert status.startswith('error: ') and complaint in status and '\n' not in status


def test_a_sequence_option_of_another_form_is_refused(tmp_path, run):
    assert 'nyc' in run('--out', tmp_path, '--sequences', 'nyc')[0]

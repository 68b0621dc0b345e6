import json
import os
import shutil
import zlib

import numpy as np
import pytest

from advbn_seg.datasets.layout import image_folder, label_folder
from advbn_seg.datasets.preparation.prepare import frame_files
from tests.datasets.synthia_files import label_array, write_frame, write_png, write_sequence
from tests.other_process import held_by_another_process


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
    _, label, compact = frame_files(sequence)[0]
    os.utime(compact, (1e9, 1e9))  # of another label, as older versions marked them
    assert 'opened' in run(*sizes)[1]
    shutil.copystat(label, compact)
    assert run(*sizes)[0] == 0
    shutil.rmtree(tmp_path / 'train_ids')  # which only opening the frames makes again
    assert 'opened' in run(*sizes)[1]
    (tmp_path / '.prepared.json').write_text('{"half')  # as good as none
    assert 'opened' in run(*sizes)[1]


def test_a_view_that_was_not_downloaded(tmp_path, run):
    write_sequence(tmp_path)
    _, output = run('--out', tmp_path, '--view', 'Stereo_Right/Omni_F', '--train', 5, '--val', 3)
    assert 'RGB/Stereo_Right/Omni_F is not there: give a --view that is, such as Stereo_Left/Omni_F.' in output


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
    assert status == ('No split lists were written for highway/dawn, and older ones are as they were: mend the above '
                      'and run this again.')
    lists = sorted(path.name for path in (tmp_path / 'splits').iterdir())
    assert lists == ['nyc_spring_train.txt', 'nyc_spring_val.txt']


@pytest.mark.parametrize('leads_out', ['/', '../../GT/LABELS'])
def test_a_view_that_leads_out_of_the_sequence_overwrites_nothing(tmp_path, run, leads_out):
    sequence = write_sequence(tmp_path)
    view = str(label_folder(sequence)) if leads_out == '/' else f'{leads_out}/Stereo_Left/Omni_F'
    before = {path: path.read_bytes() for path in sequence.rglob('*.png')}
    status, _ = run('--out', tmp_path, '--view', view, '--train', 5, '--val', 3)
    assert status == f'error: --view {view} is not the folder of a camera below RGB, such as Stereo_Left/Omni_F.'
    assert {path: path.read_bytes() for path in sequence.rglob('*.png')} == before


def test_one_call_at_a_time_writes_into_a_data_root(tmp_path, run):
    write_sequence(tmp_path)
    with held_by_another_process(tmp_path) as other:
        status, _ = run('--out', tmp_path, '--train', 5, '--val', 3)
        assert status.startswith(f'error: {tmp_path} is in use: process {other.pid} on ') and 'another --out' in status
    assert run('--out', tmp_path, '--train', 5, '--val', 3)[0] == 0
    assert not (tmp_path / '.lock').exists()


def test_a_short_view_says_which_sizes_fit(tmp_path, run):
    write_sequence(tmp_path)
    status, output = run('--out', tmp_path)
    assert 'highway/dawn has 8 frames, fewer than 900 train + 500 val' in output
    assert 'such as 5 and 3' in output
    assert 'No split lists were written for highway/dawn' in status and not (tmp_path / 'splits').exists()


def test_other_sequence_numbers(tmp_path, run):
    write_sequence(tmp_path, 'SYNTHIA-SEQS-05-DAWN')
    status, output = run('--out', tmp_path, '--train', 5, '--val', 3)
    assert 'any domain' in status
    assert 'Not used, as --sequences does not name them: SYNTHIA-SEQS-05-DAWN' in output
    assert run('--out', tmp_path, '--train', 5, '--val', 3, '--sequences', 'nyc=05')[0] == 0
    assert (tmp_path / 'splits' / 'nyc_dawn_train.txt').exists()


def test_lists_that_are_there_stay_unless_others_are_asked_for(tmp_path, run):
    write_sequence(tmp_path)
    run('--out', tmp_path, '--train', 5, '--val', 3)
    train, val = (tmp_path / f'splits/highway_dawn_{split}.txt' for split in ('train', 'val'))
    own = '\n'.join(val.read_text().split()[:2])
    train.write_text(own)
    status, output = run('--out', tmp_path)
    assert status == 0 and 'the lists of 1 domain(s) are there, and stay' in output and train.read_text() == own
    assert run('--out', tmp_path, '--train', 4, '--val', 3)[0] == 0 and len(train.read_text().split()) == 4
    train.write_text('of_another_sequence')
    status, output = run('--out', tmp_path)
    assert 'highway/dawn has 8 frames, fewer than 900 train + 500 val' in output


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
    for pairs, twice in ((['nyc=01', 'nyc=02'], 'nyc'), (['nyc=01', 'highway=01'], '01')):
        assert f"--sequences names '{twice}' twice: give each" in run('--out', tmp_path, '--sequences', *pairs)[0]


def png(width, height):
    """The least that says how large it is."""
    header = b'IHDR' + width.to_bytes(4, 'big') + height.to_bytes(4, 'big') + b'\x10\2\0\0\0'
    return b'\x89PNG\r\n\x1a\n\0\0\0\r' + header + zlib.crc32(header).to_bytes(4, 'big')


@pytest.mark.parametrize('folder', [image_folder, label_folder])
@pytest.mark.parametrize('options', [(), ('--height', 1)], ids=['checked', 'copied'])
def test_no_png_is_decoded_that_says_it_is_huge(tmp_path, run, folder, options):
    source = write_sequence(tmp_path / 'disk')
    (folder(source) / '000003.png').write_bytes(png(50000, 50000))
    status, output = run(source, '--out', tmp_path / 'data', '--train', 5, '--val', 3, *options)
    said = output if not options else status
    assert f'{folder(source).name}/000003.png is 50000x50000, but a frame of SYNTHIA-SEQS is 1280x760' in said, said
    assert status.count('\n') == 0 and 'Traceback' not in status


@pytest.mark.parametrize('folder', [image_folder, label_folder])
def test_a_fifo_does_not_hang(tmp_path, run, folder):
    source = write_sequence(tmp_path / 'disk')
    (folder(source) / '000003.png').unlink()
    os.mkfifo(folder(source) / '000003.png')
    status, output = run(source, '--out', tmp_path / 'data', '--train', 5, '--val', 3)
    assert '000003.png is a FIFO, a socket or a device, but a file was expected' in output
    status, _ = run(source, '--out', tmp_path / 'small', '--height', 1)
    assert status.startswith('error: ') and 'is a FIFO' in status


def forged(root, results):
    """A ledger that has the right stamps of all files, and other results."""
    path = root / '.prepared.json'
    entries = json.loads(path.read_text())
    path.write_text(json.dumps({key: [stamp, results] for key, (stamp, _) in entries.items()}))


@pytest.mark.parametrize('results', [None, 'text', 5, {}, [], ['../../etc'], ['x' * 9], [1, 2, 3], ['1', '2'], [-1, 2],
                                     [True, True], [[1], [2]], {'a': 1}])
def test_a_forged_ledger_counts_as_none(tmp_path, run, results):
    archive, = zipped(tmp_path, 'SYNTHIA-SEQS-01-DAWN')
    sizes = ('--out', tmp_path / 'data', '--train', 5, '--val', 3)
    assert run(archive, *sizes)[0] == 0
    forged(tmp_path / 'data', results)
    shutil.rmtree(tmp_path / 'data/SYNTHIA-SEQS-01-DAWN')
    status, output = run(archive, *sizes)
    assert status == 0 and '8 frames of 4x2, all well' in output, status


@pytest.mark.parametrize('text', ['[' * 100000, '[[1, 2]]', '{"a": 1, "b": [1]}', '7', 'null', '\x00', '{"a": [1, 2]}'])
def test_nor_does_one_of_another_form_stop_it(tmp_path, run, text):
    write_sequence(tmp_path)
    (tmp_path / '.prepared.json').write_text(text)
    assert run('--out', tmp_path, '--train', 5, '--val', 3)[0] == 0


def test_names_that_are_not_utf_8(tmp_path, run):
    sequence = write_sequence(tmp_path / 'disk')
    for folder in (image_folder, label_folder):
        (folder(sequence) / '000003.png').rename(folder(sequence) / 'caf\udce9.png')
    for arguments in ([tmp_path / 'disk', '--out', tmp_path / 'data'],
                      [tmp_path / 'a\udce9', '--out', tmp_path / 'data'], ['--out', tmp_path / 'a\udce9']):
        status, _ = run(*arguments, '--train', 5, '--val', 3)
        assert status.startswith('error: ') and r"whose name is not UTF-8, '" in status and r'\xe9' in status, status


@pytest.mark.parametrize('text', ['0', '-1', 'nan', 'much'])
def test_a_limit_is_a_number(tmp_path, run, text):
    assert 'invalid gigabytes value' in run('--out', tmp_path, '--max-unpacked', text)[0]


def test_the_limit_is_an_option(tmp_path, run):
    archive, = zipped(tmp_path, 'SYNTHIA-SEQS-01-DAWN')
    sizes = ('--out', tmp_path / 'data', '--train', 5, '--val', 3)
    status, _ = run(archive, *sizes, '--max-unpacked', '0.0001')
    assert status.startswith(f'error: {archive} is not unpacked: it takes more than 0.0001 GB')
    assert run(archive, *sizes, '--max-unpacked', '1')[0] == 0

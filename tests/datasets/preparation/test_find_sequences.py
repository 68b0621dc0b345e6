"""Where sequences are looked for, and how they come under the data root."""
import shutil

import pytest

from tests.datasets.synthia_files import write_sequence


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
    assert 'is there already, as another file or a copy, so nothing of' in status and 'Traceback' not in status


def test_folders_that_were_moved_are_linked_again(tmp_path, run):
    sequence = write_sequence(tmp_path / 'disk')
    arguments = ('--out', tmp_path / 'data', '--train', 5, '--val', 3)
    assert run(sequence, *arguments)[0] == 0
    (tmp_path / 'disk').rename(tmp_path / 'moved')
    status, _ = run(*arguments)
    assert f'{sequence.name} links to {sequence}, which is gone: name the place where that folder is now' in status
    assert run(tmp_path / 'moved', *arguments)[0] == 0
    assert (tmp_path / 'data' / sequence.name).resolve() == tmp_path / 'moved' / sequence.name


def test_sequences_are_found_three_folders_down_if_there_are_none_above(tmp_path, run):
    sequence = write_sequence(tmp_path / 'disk' / 'a' / 'b')
    assert run(tmp_path / 'disk', '--out', tmp_path / 'data', '--train', 5, '--val', 3)[0] == 0
    assert (tmp_path / 'data' / sequence.name).resolve() == sequence.resolve()
    above = write_sequence(tmp_path / 'disk')
    assert run(tmp_path / 'disk', '--out', tmp_path / 'other', '--train', 5, '--val', 3)[0] == 0
    assert (tmp_path / 'other' / sequence.name).resolve() == above.resolve()


@pytest.mark.parametrize('unpacked', [False, True])
def test_what_macos_adds_to_an_archive_is_no_sequence(tmp_path, run, unpacked):
    source = tmp_path / 'source'
    sequence = write_sequence(source)
    for file in sequence.rglob('*.png'):
        left = source / '__MACOSX' / file.relative_to(source).with_name(f'._{file.name}')
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(b'attributes')
    archive = source if unpacked else shutil.make_archive(tmp_path / 'mac', 'zip', source)
    status, output = run(archive, '--out', tmp_path / 'out', '--train', 5, '--val', 3)
    assert status == 0 and 'highway/dawn: 8 frames of 4x2, all well' in output


def test_an_archive_without_a_sequence_is_named(tmp_path, run):
    (tmp_path / 'source').mkdir()
    archive = shutil.make_archive(tmp_path / 'empty', 'zip', tmp_path / 'source')
    status, _ = run(archive, '--out', tmp_path / 'out')
    assert status.startswith(f'error: No folder named like SYNTHIA-SEQS-01-DAWN, with RGB in it, in {archive}: ')

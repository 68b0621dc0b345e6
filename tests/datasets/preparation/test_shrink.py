"""Smaller copies of a data set, through the tool."""
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from advbn_seg.datasets import LoadSynthiaLabels, SynthiaSequences
from advbn_seg.datasets.labels import TRAIN_IDS
from advbn_seg.datasets.layout import image_folder, label_folder
from tests.datasets.synthia_files import label_array, write_frame, write_png

from .test_prepare import snapshot, zipped

IDS = np.random.default_rng(0).choice([1, 2, 3, 12, 15], (8, 12))
STEMS = [f'{3 * index:06d}' for index in range(8)]
SIZES = ('--train', 5, '--val', 3)


@pytest.fixture
def source(tmp_path):
    sequence = tmp_path / 'source' / 'SYNTHIA-SEQS-01-DAWN'
    for stem in STEMS:
        write_frame(sequence, stem, ids=IDS)
        columns = np.tile(np.arange(0, 240, 20, dtype=np.uint8), (8, 1))  # 0 to 220 from left to right
        write_png(image_folder(sequence) / f'{stem}.png', np.repeat(columns[..., None], 3, axis=2))
    return sequence


def read(folder, stem=STEMS[0]):
    return cv2.imread(str(folder / f'{stem}.png'), cv2.IMREAD_UNCHANGED)


def test_the_reader_finds_averaged_images_and_the_classes_of_the_original(source, tmp_path, run):
    out = tmp_path / 'out'
    status, output = run(source, '--out', out, '--height', 4, *SIZES)
    assert status == 0 and 'highway/dawn: 8 frames of 6x4, all well' in output
    copy = out / source.name
    assert not copy.is_symlink() and (read(label_folder(copy)) == read(label_folder(source))[1::2, 1::2]).all()
    assert read(image_folder(copy))[0, :, 0].tolist() == [10, 50, 90, 130, 170, 210]  # means of two columns
    frame = LoadSynthiaLabels()(SynthiaSequences(data_root=str(out), split='val').get_data_info(0))
    assert (frame['gt_seg_map'] == TRAIN_IDS[IDS[1::2, 1::2]]).all()


def test_a_copy_goes_on_where_it_was_stopped_and_is_made_once(source, tmp_path, run):
    out, damaged = tmp_path / 'out', label_folder(source) / f'{STEMS[-1]}.png'
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:40])
    status, _ = run(source, '--out', out, '--height', 4, *SIZES)
    assert status == f'error: {damaged} cannot be decoded: it is damaged or no PNG; unpack it again.'
    assert not (out / source.name).exists()
    damaged.write_bytes(whole)
    staging, place = out / f'.{source.name}.4', out / source.name
    before = {path.relative_to(staging): stamp for path, stamp in snapshot(staging).items() if path.suffix == '.png'}
    assert run(source, '--out', out, '--height', 4, *SIZES)[0] == 0
    after = {path.relative_to(place): stamp for path, stamp in snapshot(place).items() if path.is_file()}
    assert len(before) >= 8 and before.items() <= after.items() and len(after) == 16
    assert not staging.exists()
    after = snapshot(out)
    assert run(source, '--out', out, '--height', 4, *SIZES)[0] == 0
    assert snapshot(out) == after


def test_an_unfinished_copy_is_not_finished_with_frames_of_another_source(source, tmp_path, run):
    (label_folder(source) / f'{STEMS[-1]}.png').write_bytes(b'')
    other = tmp_path / 'other' / source.name
    for stem in STEMS:
        write_frame(other, stem, ids=np.ones((8, 12)))
    for root in (tmp_path / 'out', tmp_path / 'alone'):
        if root.name == 'out':
            assert 'cannot be decoded' in run(source, '--out', root, '--height', 4, *SIZES)[0]
        assert run(other, '--out', root, '--height', 4, *SIZES)[0] == 0
    copies = [sorted((tmp_path / name / source.name).rglob('*.*')) for name in ('out', 'alone')]
    assert [[file.read_bytes() for file in files] for files in copies[:1]] == [
        [file.read_bytes() for file in files] for files in copies[1:]] and len(copies[0]) == 16


def test_frames_that_have_changed_are_not_taken_for_copied(source, tmp_path, run):
    out = tmp_path / 'out'
    assert run(source, '--out', out, '--height', 4, *SIZES)[0] == 0
    label = label_folder(source) / f'{STEMS[2]}.png'
    write_png(label, label_array(np.ones((8, 12))))
    os.utime(label, (2e9, 2e9))
    before = snapshot(out)
    status, _ = run(source, '--out', out, '--height', 4, *SIZES)
    assert status.startswith(f'error: {out / source.name} is there already, as another file or a copy, so nothing of ')
    assert snapshot(out) == before


def test_a_copy_with_frames_that_the_source_has_no_more_is_another(source, tmp_path, run):
    out = tmp_path / 'out'
    assert run(source, '--out', out, '--height', 4, *SIZES)[0] == 0
    for folder in (image_folder, label_folder):
        (folder(source) / f'{STEMS[-1]}.png').unlink()
    assert 'is there already' in run(source, '--out', out, '--height', 4, '--train', 4, '--val', 3)[0]


def test_an_archive_that_was_copied_before_a_kill_is_copied_no_more(tmp_path, run):
    archive, = zipped(tmp_path, 'SYNTHIA-SEQS-01-DAWN')
    out = tmp_path / 'out'
    assert run(archive, '--out', out, '--height', 1, *SIZES)[0] == 0
    (out / '.prepared_1.json').unlink()  # as a kill between copy and note would leave it
    before = {path: path.read_bytes() for path in out.rglob('*.png')}
    assert run(archive, '--out', out, '--height', 1, *SIZES)[0] == 0
    assert {path: path.read_bytes() for path in out.rglob('*.png')} == before
    os.utime(archive, (2e9, 2e9))  # another download
    assert 'is there already' in run(archive, '--out', out, '--height', 1, *SIZES)[0]


def test_a_copy_needs_a_folder_of_its_own(source, run):
    status, _ = run(source.parent, '--out', source.parent, '--height', 4, *SIZES)
    assert status == f'error: {source} is the sequence itself: give --out another folder for the copy.'


def test_an_archive_is_copied_too(tmp_path, run):
    archive, = zipped(tmp_path, 'SYNTHIA-SEQS-02-FOG')
    for _ in range(2):
        status, output = run(archive, '--out', tmp_path / 'out', '--height', 1, *SIZES)
        assert status == 0 and 'nyc/fog: 8 frames of 2x1, all well' in output
    assert not list((tmp_path / 'out').glob('.unpacking*'))


def test_a_copy_of_another_view_needs_a_folder_of_its_own_from_an_archive_too(source, tmp_path, run):
    for left in source.glob('**/Stereo_Left'):
        shutil.copytree(left, left.with_name('Stereo_Right'))
    archive = shutil.make_archive(tmp_path / 'both', 'zip', source.parent)
    ask = Path(archive), '--out', tmp_path / 'out', '--height', 4, *SIZES
    assert run(*ask)[0] == 0
    status, _ = run(*ask, '--view', 'Stereo_Right/Omni_F')
    assert 'is there already, as another file or a copy' in status and 'give another --out' in status
    assert run(*ask[:1], '--out', tmp_path / 'right', *ask[3:], '--view', 'Stereo_Right/Omni_F')[0] == 0


@pytest.mark.parametrize('height', [0, 8, 9])
def test_a_copy_is_smaller(source, tmp_path, run, height):
    status, _ = run(source, '--out', tmp_path / 'out', '--height', height)
    assert 'is 8 pixels high: choose a --height from 1 to below that' in status
    assert not (tmp_path / 'out' / source.name).exists()


def test_two_heights_do_not_share_a_folder(source, tmp_path, run):
    assert run(source, '--out', tmp_path / 'out', '--height', 4, *SIZES)[0] == 0
    for height, says in ((['--height', 2], 'has these frames 4 pixels high, not 2: give another --out.'),
                         ([], 'is there already, as another file or a copy, so nothing of')):
        status, _ = run(source, '--out', tmp_path / 'out', *height, *SIZES)
        assert says in status

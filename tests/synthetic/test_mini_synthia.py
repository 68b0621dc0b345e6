"""mini-SYNTHIA: the same bytes everywhere, SYNTHIA's layout and label encoding, safe to run again."""
import hashlib
import os
import resource
import subprocess
import sys

import cv2
import numpy as np
import pytest

from advbn_seg.datasets.layout import sequence_folder
from advbn_seg.errors import UserError
from advbn_seg.synthetic.mini_synthia import (
    COLOURS,
    CONDITIONS,
    SCENES,
    Label,
    contact_sheet,
    render_frame,
    write_sequences,
)
from advbn_seg.synthetic.mini_synthia.sequences import _write_clip

pytestmark = pytest.mark.slow

SIZE = (48, 80)
SCORED = {label for label in Label if label != Label.VOID}


def digest(*arrays):
    return hashlib.sha256(b''.join(array.tobytes() for array in arrays)).hexdigest()


def frames(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob('*.png')}


@pytest.fixture(scope='module')
def rendered(tmp_path_factory):
    root = tmp_path_factory.mktemp('mini_synthia')
    assert write_sequences(root, 2, SIZE, workers=2) == 20
    return root


@pytest.mark.parametrize('scene', SCENES)
def test_frame_is_the_same_in_another_process(scene):
    code = f"""
import hashlib
from advbn_seg.synthetic.mini_synthia import render_frame
arrays = render_frame({scene!r}, 'night', 14, {SIZE})
print(hashlib.sha256(b''.join(array.tobytes() for array in arrays)).hexdigest())
"""
    render_frame(scene, 'night', 13, SIZE)  # what was rendered before must not matter
    other = subprocess.run([sys.executable, '-c', code], env=os.environ | {'PYTHONHASHSEED': '7'},
                           capture_output=True, text=True)
    assert digest(*render_frame(scene, 'night', 14, SIZE)) == other.stdout.split()[-1], other.stderr


def test_seed_scene_condition_and_index_change_the_frame():
    choices = [('highway', 'dawn', 0, 0), ('highway', 'dawn', 0, 1), ('highway', 'dawn', 1, 0),
               ('highway', 'fog', 0, 0), ('nyc', 'dawn', 0, 0)]
    labels = {digest(render_frame(scene, condition, index, SIZE, seed)[1])
              for scene, condition, index, seed in choices}
    assert len(labels) == len(choices)


@pytest.mark.parametrize('scene', SCENES)
def test_every_scored_class_occurs(scene):
    seen = set()
    for index in range(0, 60, 4):
        image, labels, instances = render_frame(scene, 'spring', index)
        assert image.shape == (96, 160, 3) and image.dtype == np.uint8
        assert labels.shape == instances.shape == (96, 160)
        assert set(np.unique(labels[instances > 0])) <= {Label.CAR, Label.PEDESTRIAN, Label.BICYCLE}
        seen |= set(np.unique(labels))
    assert seen == SCORED


def test_frames_of_a_drive_differ():
    drive = [render_frame('nyc', 'fog', index)[1] for index in range(16)]
    changed = [np.mean(before != after) for before, after in zip(drive, drive[1:])]
    assert min(changed) > .1


def test_full_size_shows_the_same_place():
    small = render_frame('highway', 'spring', 3, (95, 160))[1]
    large = render_frame('highway', 'spring', 3, (760, 1280))[1]
    assert np.mean(small == large[4::8, 4::8]) > .9


@pytest.mark.parametrize(('arguments', 'message'), [
    (('village', 'dawn', 0), 'no scene'), (('nyc', 'dusk', 0), 'no condition'),
    (('nyc', 'dawn', -1), 'count from 0'), (('nyc', 'dawn', 0, (761, 1280)), '760 x 1280'),
    (('nyc', 'dawn', 0, (16, 160)), '760 x 1280')])
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        render_frame(*arguments)


def test_layout_and_label_encoding(rendered):
    for scene in SCENES:
        for condition in CONDITIONS:
            folder = sequence_folder(rendered, scene, condition)
            image, labels, instances = render_frame(scene, condition, 1, SIZE)
            view = 'Stereo_Left/Omni_F/000001.png'
            np.testing.assert_array_equal(cv2.imread(str(folder / 'RGB' / view))[..., ::-1], image)
            stored = cv2.imread(str(folder / 'GT/LABELS' / view), cv2.IMREAD_UNCHANGED)
            assert stored.dtype == np.uint16
            np.testing.assert_array_equal(stored[..., 2], labels)
            np.testing.assert_array_equal(stored[..., 1], instances)
            assert not stored[..., 0].any()
            assert cv2.imread(str(folder / 'GT/COLOR' / view)).shape == (*SIZE, 3)
    assert sequence_folder('data', 'nyc', 'fog').name == 'SYNTHIA-SEQS-02-FOG'


def test_number_of_workers_does_not_matter(rendered, tmp_path):
    write_sequences(tmp_path, 2, SIZE, workers=1)
    assert frames(tmp_path) == frames(rendered)


def test_running_again_renders_only_what_is_missing(rendered):
    before = frames(rendered)
    path = sequence_folder(rendered, 'nyc', 'dawn') / 'GT/LABELS/Stereo_Left/Omni_F/000001.png'
    path.unlink()
    calls = []
    assert write_sequences(rendered, 2, SIZE, progress=lambda done, total: calls.append((done, total))) == 1
    assert write_sequences(rendered, 2, SIZE) == 0
    assert frames(rendered) == before and calls[-1] == (20, 20)
    assert not list(rendered.rglob('*.part*'))


def test_other_parameters_are_refused(rendered, tmp_path):
    with pytest.raises(ValueError, match='seed 0.* but .*seed 1.* asked for'):
        write_sequences(rendered, 2, SIZE, seed=1)
    with pytest.raises(ValueError, match='height 48.* but height 64'):
        write_sequences(rendered, 2, (64, 80))
    with pytest.raises(UserError, match='holds 000001.png of .*/.*, which is beyond --frames 1: give more of them'):
        write_sequences(rendered, 1, SIZE)
    (tmp_path / 'SYNTHIA-SEQS-01-DAWN').mkdir()
    with pytest.raises(ValueError, match='not rendered here'):
        write_sequences(tmp_path, 2, SIZE)


def test_contact_sheet_shows_each_domain_over_its_labels():
    sheet = contact_sheet(SIZE)
    height, width = SIZE
    assert sheet.shape == (4 * height, 5 * width, 3) and sheet.dtype == np.uint8
    image, labels, _ = render_frame('nyc', 'fog', 0, SIZE)
    np.testing.assert_array_equal(sheet[2 * height:3 * height, width:2 * width], image)
    np.testing.assert_array_equal(sheet[3 * height:, width:2 * width], COLOURS[labels])


def test_a_full_disk_leaves_no_frame_that_is_not_whole(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))  # bytes: the JSON fits, a frame does not
    try:
        with pytest.raises(OSError, match=r"File too large: '.*/000000\.png'$"):
            _write_clip(tmp_path, 'nyc', 'dawn', 0, 2, SIZE, 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert frames(tmp_path) == {}


@pytest.mark.parametrize('text', ['{', '[1]'])
def test_damaged_parameters(tmp_path, text):
    (tmp_path / 'mini_synthia.json').write_text(text)
    with pytest.raises(UserError, match=f'mini_synthia.json is damaged: delete {tmp_path}, or choose another folder'):
        write_sequences(tmp_path, 2, SIZE)

import os
import shutil

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmseg.registry import TRANSFORMS

from advbn_seg.datasets import LoadSynthiaLabels, SynthiaSequences, loading
from advbn_seg.datasets.labels import CLASSES
from advbn_seg.datasets.preparation import prepare

from .synthia_files import label_array, write_frame, write_png, write_sequence


def load(path, **extra):
    return LoadSynthiaLabels()(dict(seg_map_path=str(path), seg_fields=[], **extra))


def test_classes_come_from_the_first_channel_of_the_file(tmp_path):
    write_png(tmp_path / 'a.png', label_array(np.arange(16).reshape(2, 8)))
    results = load(tmp_path / 'a.png')
    expected = [[255, 0, 1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 255, 255, 12]]
    np.testing.assert_array_equal(results['gt_seg_map'], expected)
    assert results['gt_seg_map'].dtype == np.uint8
    assert results['seg_fields'] == ['gt_seg_map']
    assert list(CLASSES)[10:] == ['bicycle', 'lane marking', 'traffic light']


def test_it_replaces_a_stock_loader_that_sees_only_void(tmp_path):
    from mmseg.datasets.transforms import LoadAnnotations
    write_png(tmp_path / 'a.png', label_array(np.full((4, 4), 3)))
    stock = LoadAnnotations(imdecode_backend='cv2')
    fields = dict(seg_map_path=str(tmp_path / 'a.png'), seg_fields=[], reduce_zero_label=False)
    assert not (stock(dict(fields))['gt_seg_map'] == 2).all()
    with DefaultScope.overwrite_default_scope('mmseg'):
        ours = TRANSFORMS.build(dict(type='LoadSynthiaLabels'))
    assert (ours(dict(fields, seg_fields=[]))['gt_seg_map'] == 2).all()


@pytest.mark.parametrize('array, complaint', [
    (label_array([[0, 13], [14, 0]]), 'void in every pixel'),
    (label_array([[1, 16], [200, 1]]), r'class ids \[16, 200\].*0 to 15'),
    (np.ones((2, 2, 3), np.uint8), r'8-bit image of 3 channel\(s\).*16-bit with 3'),
    (np.ones((2, 2), np.uint16), r'16-bit image of 1 channel\(s\).*16-bit with 3'),
    (np.ones((2, 2, 4), np.uint16), r'16-bit image of 4 channel\(s\)'),
])
def test_what_is_no_synthia_label_is_refused(tmp_path, array, complaint):
    write_png(tmp_path / 'a.png', array)
    with pytest.raises(ValueError, match=f"{tmp_path / 'a.png'} .*{complaint}.*original file"):
        load(tmp_path / 'a.png')


@pytest.mark.parametrize('keep', [0, 10, 0.5])
def test_a_damaged_file_is_refused(tmp_path, keep):
    data = cv2.imencode('.png', label_array(np.random.default_rng(0).integers(0, 13, (64, 64))))[1].tobytes()
    (tmp_path / 'a.png').write_bytes(data[:int(keep * len(data)) if keep < 1 else keep])
    with pytest.raises(ValueError, match='a.png cannot be decoded'):
        load(tmp_path / 'a.png')


def test_a_subset_of_classes_is_remapped_at_once(tmp_path):
    write_png(tmp_path / 'a.png', label_array([[1, 2, 3]]))
    swapped = load(tmp_path / 'a.png', label_map={0: 1, 1: 0, 2: 255})
    assert swapped['gt_seg_map'].tolist() == [[1, 0, 255]]


@pytest.mark.slow
def test_compact_labels_are_read_in_the_place_of_the_original_that_they_are_of(tmp_path, monkeypatch):
    sequence = write_sequence(tmp_path, num_frames=1)

    def labels():
        frame = SynthiaSequences(data_root=str(tmp_path), split=None).get_data_info(0)
        return LoadSynthiaLabels()(frame)['gt_seg_map'].tolist()

    original = labels()
    frame, = prepare.frame_files(sequence)
    assert prepare._check_frame(frame) == (4, 2)
    monkeypatch.setattr(loading, 'decode_labels', lambda *_: pytest.fail('the original was read'))
    assert labels() == original
    frame[2].write_bytes(frame[2].read_bytes()[:30])
    shutil.copystat(frame[1], frame[2])  # by the time of change it is still that label's
    with pytest.raises(ValueError, match=f'{frame[2]} is damaged: remove it, and advbn-seg prepare-synthia'):
        labels()
    monkeypatch.undo()
    for change in (1, -1):  # a label that is put in its place may be older, too
        assert prepare._check_frame(frame) == (4, 2)
        write_frame(sequence, '000000', ids=[[1, 1, 2, 2], [3, 3, 3, 3]])
        other = frame[2].stat().st_mtime + change
        os.utime(frame[1], (other, other))
        assert labels() == [[0, 0, 1, 1], [2, 2, 2, 2]]
        write_frame(sequence, '000000')

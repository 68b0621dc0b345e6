import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmcv.transforms import BaseTransform

from advbn_seg.datasets import CamVid
from advbn_seg.errors import UserError

from .synthia_files import write_png

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
SEGNET = dict(image='{part}/{stem}.png', label='{part}annot/{stem}.png')
BY_TIME = dict(image='images/{time}/{stem}.jpg', label='labels/{time}/{stem}.png')
pytestmark = pytest.mark.usefixtures('mmseg_scope')


@pytest.fixture(params=[SEGNET, BY_TIME], ids=['segnet', 'by_time'])
def root(tmp_path, request):
    frames = [(f'0006R0_f{i:05d}', 'train', 'day') for i in range(5)] + [('Seq05VD_f00000', 'test', 'day')]
    frames += [(f'0001TP_{i:06d}', 'train' if i % 2 else 'test', 'dusk') for i in range(4)]
    for stem, part, time in frames:
        place = dict(stem=stem, part=part, time=time)
        write_png(tmp_path / request.param['image'].format(**place), np.full((2, 3, 3), 90, np.uint8))
        labels = np.array([[0, 1, 2], [9, 10, 11]], np.uint8)
        write_png(tmp_path / request.param['label'].format(**place), labels)
    return tmp_path


def stems(dataset):
    return [os.path.basename(dataset.get_data_info(i)['img_path'])[:-4] for i in range(len(dataset))]


def test_both_layouts_are_read_by_sequence_with_void_ignored(root):
    dataset = CamVid(root, sequences=['0006R0', 'Seq05VD'], pipeline=PIPELINE)
    assert stems(dataset) == [f'0006R0_f{i:05d}' for i in range(5)] + ['Seq05VD_f00000']
    assert dataset.metainfo['domain'] == 'camvid/day'
    assert len(dataset.metainfo['classes']) == len(dataset.metainfo['palette']) == 11
    assert dataset[0]['data_samples'].gt_sem_seg.data.squeeze().tolist() == [[0, 1, 2], [9, 10, 255]]


@pytest.mark.slow
def test_frames_are_taken_in_time_order_of_each_sequence(root):
    def dusk(frames):
        return stems(CamVid(root, sequences=['0001TP'], frames=frames))
    assert dusk(':2') == ['0001TP_000000', '0001TP_000001']
    assert dusk(':2') + dusk('2:') == dusk(':')
    assert stems(CamVid(root, ['0006R0', 'Seq05VD'], frames='::2')) == [
        '0006R0_f00000', '0006R0_f00002', '0006R0_f00004', 'Seq05VD_f00000']
    assert CamVid(root, sequences=['0001TP']).metainfo['domain'] == 'camvid/dusk'


def test_mistakes_are_explained(root, tmp_path):
    with pytest.raises(FileNotFoundError, match='No CamVid in .*absent.*data/README.md'):
        CamVid(tmp_path / 'absent')
    with pytest.raises(FileNotFoundError, match='sequence 0016E5 in'):
        CamVid(root)
    with pytest.raises(ValueError, match='0006R0, 0016E5, Seq05VD, 0001TP; found .*night'):
        CamVid(root, sequences=['night'])
    with pytest.raises(ValueError, match='mixes day and dusk'):
        CamVid(root, sequences=['0006R0', '0001TP'])
    with pytest.raises(ValueError, match='names one twice, whose frames would count twice'):
        CamVid(root, sequences=['0006R0', '0006R0'])
    with pytest.raises(ValueError, match='No frame is left'):
        CamVid(root, sequences=['0006R0'], frames='9:')
    next(root.rglob('*abels/day/Seq*.png' if (root / 'labels').exists() else 'testannot/Seq*.png')).unlink()
    with pytest.raises(ValueError, match=r'1 frame\(s\), such as .*Seq05VD_f00000.* no label'):
        CamVid(root, sequences=['Seq05VD'])
    next(path for part in ('images', 'train') for path in (root / part).rglob('0006R0_f00001.*')).unlink()
    with pytest.raises(ValueError, match=r'1 frame\(s\), such as .*0006R0_f00001.png, have no image'):
        CamVid(root, sequences=['0006R0'])


def test_a_frame_is_there_once_with_a_label_of_its_size_and_its_classes(root):
    label = next(path for path in root.rglob('Seq05VD_f00000.png') if cv2.imread(str(path)).max() < 12)
    write_png(label, np.full((2, 3), 99, np.uint8))
    with pytest.raises(ValueError, match=f'{label} has the id 99, but the classes are 0 to 10, and void 255'):
        CamVid(root, ['Seq05VD'], pipeline=PIPELINE)[0]
    write_png(label, np.ones((3, 2), np.uint8))
    with pytest.raises(ValueError, match=f'Seq05VD_f00000.* is 3x2 but {label} is 2x3'):
        CamVid(root, ['Seq05VD'])
    huge = b'IHDR' + struct.pack('>II', 100_000, 100_000) + label.read_bytes()[24:29]
    for damaged in (b'', label.read_bytes()[:12] + huge + struct.pack('>I', zlib.crc32(huge)) + bytes(9)):
        label.write_bytes(damaged)
        with pytest.raises(ValueError, match=f'{label} cannot be decoded'):
            CamVid(root, ['Seq05VD'])
    write_png(root / 'val' / 'Seq05VD_f00000.png', np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ValueError, match='Seq05VD_f00000.* are one frame: remove one of them'):
        CamVid(root, ['Seq05VD'])


@pytest.mark.parametrize('unread', [dict(ann_file='train.txt'), dict(data_prefix=dict(img_path='fog')),
                                    dict(img_suffix='.tif')])
def test_what_would_not_be_read_is_refused(unread):
    with pytest.raises(UserError, match=f'CamVid finds its files in data_root, whatever {next(iter(unread))} says'):
        CamVid('anywhere', **unread)


class Failing(BaseTransform):
    def __init__(self, error=None):
        self.error = error

    def transform(self, results):
        if self.error:
            raise self.error


def test_files_are_blamed_for_what_is_in_them_only(root):
    with pytest.raises(AssertionError, match='of my own'):
        CamVid(root, ['Seq05VD'], pipeline=[*PIPELINE, Failing(AssertionError('of my own'))])[0]
    assert CamVid(root, ['Seq05VD'], pipeline=[*PIPELINE, Failing()]).prepare_data(0) is None
    dataset = CamVid(root, ['Seq05VD'], pipeline=PIPELINE)
    path = Path(dataset.get_data_info(0)['img_path'])
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UserError, match=f'{path} cannot be decoded: it is damaged or no image; get it again'):
        dataset[0]
    path.unlink()
    with pytest.raises(FileNotFoundError, match=str(path)):
        dataset[0]


@pytest.mark.parametrize('frames', ['half', '3', '::0', '1:2:3:4', 62])
def test_what_is_no_slice_is_refused(frames):
    with pytest.raises(ValueError, match=r"frames=.* is no slice such as ':', '::2'"):
        CamVid('anywhere', frames=frames)


@pytest.mark.skipif('ADVBN_CAMVID' not in os.environ, reason='set ADVBN_CAMVID to a CamVid folder')
def test_the_real_camvid():
    root = os.environ['ADVBN_CAMVID']
    day = ['0006R0', '0016E5']
    assert len(CamVid(root, day)) == 406 and len(CamVid(root, day, frames='::2')) == 51 + 153
    assert len(CamVid(root, ['Seq05VD'])) == 171
    first, second = (CamVid(root, ['0001TP'], frames=half, pipeline=PIPELINE) for half in (':62', '62:'))
    assert len(first) == len(second) == 62 and max(stems(first)) < min(stems(second))
    labels = first[0]['data_samples'].gt_sem_seg.data.squeeze()
    assert labels.shape == (360, 480) and {0, 1, 3, 255} <= set(labels.unique().tolist()) <= {*range(11), 255}

"""Ids that mmseg would cut to eight bits."""
import numpy as np
import pytest
from mmcv import imread
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.runtime.compat.labels import name_unusable_labels, refuse_wide_ids


@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_ids_above_255_in_16_bits_are_refused(tmp_path, suffix):
    file = tmp_path / f'label.{suffix}'
    for highest in (255, 256):
        Image.fromarray(np.full((2, 3), highest, np.uint16)).save(file)
        if highest == 255:
            refuse_wide_ids(file)
    with pytest.raises(UserError, match=f'label.{suffix} has ids up to 256 in 16 bits, which mmseg would cut to 8'):
        refuse_wide_ids(file)


def test_what_pillow_alone_decodes_is_left_to_it(tmp_path):
    file = tmp_path / 'label.tif'
    Image.fromarray(np.full((2, 3), 7, np.uint8)).save(file, compression='lzma')
    assert imread(file, flag='unchanged', backend='cv2') is None
    refuse_wide_ids(file)


def test_a_cut_label_is_named_with_the_backend_of_opencv_too(tmp_path):
    name_unusable_labels()
    file = tmp_path / 'label.png'
    file.write_bytes(b'\x89PNG')
    with pytest.raises(UserError, match=f'the label {file} cannot be decoded'):
        LoadAnnotations(imdecode_backend='cv2')(dict(seg_map_path=str(file), seg_fields=[]))

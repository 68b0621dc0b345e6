"""Ids that mmseg would cut to eight bits."""
import numpy as np
import pytest
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.runtime.compat.labels import refuse_wide_ids


@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_ids_above_255_in_16_bits_are_refused(tmp_path, suffix):
    file = tmp_path / f'label.{suffix}'
    for highest in (255, 256):
        Image.fromarray(np.full((2, 3), highest, np.uint16)).save(file)
        if highest == 255:
            refuse_wide_ids(file)
    with pytest.raises(UserError, match=f'label.{suffix} has ids up to 256 in 16 bits, which mmseg would cut to 8'):
        refuse_wide_ids(file)

"""What tells frames apart: their sizes, and of uncompressed ones the content."""
import numpy as np
import pytest
from PIL import Image

from advbn_seg.evaluation.fingerprint import data_fingerprint


class Frames(list):
    """A data set of paths."""
    metainfo = dict(classes=('a',))

    def get_data_info(self, index):
        return dict(img_path=self[index])


@pytest.mark.parametrize('suffix', ['bmp', 'tif', 'ppm'])
def test_an_uncompressed_image_of_other_content_is_another(tmp_path, suffix):
    path = tmp_path / f'x.{suffix}'
    dataset = Frames([str(path)])
    seen = []
    for value in (1, 2, 1):
        Image.fromarray(np.full((4, 4, 3), value, np.uint8)).save(path)
        seen.append((path.stat().st_size, data_fingerprint(dataset)))
    assert len({size for size, _ in seen}) == 1
    assert seen[0] == seen[2] != seen[1]

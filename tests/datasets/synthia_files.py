"""Small SYNTHIA-SEQS folders with real 16-bit PNGs, for the tests of this folder."""
import cv2
import numpy as np

from advbn_seg.datasets.layout import image_folder, label_folder


def write_png(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), array)


def label_array(ids):
    """(H, W, 3) uint16 in OpenCV's order: zeros, instance, class. In the file the class comes first."""
    ids = np.asarray(ids)
    return np.stack([np.zeros_like(ids), np.full_like(ids, 700), ids], axis=-1).astype(np.uint16)


def write_frame(sequence, stem, ids=((0, 1, 2, 3), (8, 12, 15, 13))):
    ids = np.asarray(ids)
    write_png(label_folder(sequence) / f'{stem}.png', label_array(ids))
    write_png(image_folder(sequence) / f'{stem}.png', np.full((*ids.shape, 3), 90, np.uint8))


def write_sequence(root, name='SYNTHIA-SEQS-01-DAWN', num_frames=8):
    """Frames 0, 3, 6, ... as numbering has gaps."""
    for index in range(num_frames):
        write_frame(root / name, f'{3 * index:06d}')
    return root / name

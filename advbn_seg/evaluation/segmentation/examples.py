"""Frames to look at, with what each run predicts there, as a JSON file holds them."""
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ...runtime.atomic_io import write_json
from ..schema import Count, Percent, read

IGNORED = 255


@dataclass
class Prediction:
    """What one run says of a frame: (H, W) class ids as a PNG in base64, and the mIoU of that frame alone."""
    source: str
    label: str
    sha256: str
    miou: Percent
    classes: str


@dataclass
class Frame:
    """A frame of a target: its file, the image as JPEG and the true class ids as PNG, both in base64."""
    target: str
    name: str
    image: str
    truth: str
    predictions: list[Prediction]

    def prediction(self, source, label):
        """Return what the run of that name says, or None."""
        return next((each for each in self.predictions if (each.source, each.label) == (source, label)), None)


@dataclass
class Examples:
    """What is shown of some runs.

    Args:
        classes (list[str]): names.
        palette (list[list[int]]): RGB of each class.
        method (str): the label of what is held against the baseline.
        frames (list[Frame]): one for each target, predicted by all runs.
        gains, losses (list[Frame]): predicted by a baseline and then the method; the largest change first.
    """
    classes: list[str]
    palette: list[list[Count]]
    method: str
    frames: list[Frame]
    gains: list[Frame]
    losses: list[Frame]

    file = 'examples.json'

    def save(self, folder):
        write_json(Path(folder) / self.file, asdict(self))

    @classmethod
    def load(cls, folder, matrix):
        """Read what `save` has written, for the targets of `matrix`.

        It is None where there is nothing, or other checkpoints than those of `matrix`.

        Raises:
            UserError: The file holds something else.
        """
        path = Path(folder) / cls.file
        if not path.exists():
            return None
        found = read(cls, path, 'delete it, and make it anew with --examples')
        known = {(row.source, row.label, row.sha256) for row in matrix.rows}
        used = {(each.source, each.label, each.sha256) for frame in [*found.frames, *found.gains, *found.losses]
                for each in frame.predictions}
        shown = {name: [frame for frame in getattr(found, name) if frame.target in matrix.targets]
                 for name in ('frames', 'gains', 'losses')}
        return replace(found, **shown) if used <= known else None


def find_examples(matrix, folder, others):
    """Return the `Examples` beside a matrix, else those beside one that it was made of, which go along; or None.

    Args:
        matrix (CrossDomainMatrix), folder (Path): what is shown, and where it lies.
        others (list[Path]): folders of the matrices that it was made of.

    Raises:
        UserError: See `Examples.load`.
    """
    for place in [folder, *others]:
        if found := Examples.load(place, matrix):
            if place != folder:
                found.save(folder)
            return found
    return None


def default_palette(number):
    """Return colours for classes that have none: hues that are evenly spaced."""
    hues = np.linspace(0, 180, number, endpoint=False).astype(np.uint8)
    return cv2.cvtColor(np.dstack([hues, np.full_like(hues, 200), np.full_like(hues, 220)]), cv2.COLOR_HSV2RGB)[0]

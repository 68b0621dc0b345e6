"""The trainings of a sweep beside their results: which arguments each had, how long it took, and its last loss."""
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..runtime.atomic_io import write_json
from .schema import read


@dataclass
class SweepPoint:
    """One training.

    Args:
        place (str): its work dir.
        values (dict[str, str]): the swept arguments; empty for a run to hold the others against, such as a baseline.
        seconds (float): that the training took.
        adversarial_loss (float | None): its mean over the last epoch, or the last one logged; None
            without an adversary.
    """
    place: str
    values: dict[str, str]
    seconds: float
    adversarial_loss: float | None


@dataclass
class Sweep:
    """All points of a report, of one sweep or of several."""
    points: list[SweepPoint] = field(default_factory=list)

    file = 'sweep.json'

    @classmethod
    def load(cls, folder):
        """Read the sweep.json of a folder.

        Raises:
            UserError: where the file is missing or holds something else.
        """
        return read(cls, Path(folder) / cls.file,
                    'give the folder of a report that advbn-seg experiments --sweep has written')

    def save(self, folder):
        write_json(Path(folder) / self.file, asdict(self), allow_nan=False)

    def put(self, point):
        """Add a point in the place of an older one of the same work dir."""
        self.points = [each for each in self.points if each.place != point.place] + [point]

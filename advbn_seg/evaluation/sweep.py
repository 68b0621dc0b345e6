"""The trainings of a sweep beside their results: which arguments each had, how long it took, and its last loss."""
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import UserError
from ..runtime.atomic_io import write_json
from .schema import build


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
        path = Path(folder) / cls.file
        try:
            return build(cls, json.loads(path.read_text(encoding='utf-8')), cls.file)
        except (OSError, RecursionError, ValueError) as error:
            raise UserError(f'{path} is no {cls.file} of this tool: {error}; give the folder of a report that '
                            'advbn-seg experiments --sweep has written') from None

    def save(self, folder):
        write_json(Path(folder) / self.file, asdict(self), allow_nan=False)

    def put(self, point):
        """Add a point in the place of an older one of the same work dir."""
        self.points = [each for each in self.points if each.place != point.place] + [point]

"""What a training has cost, as its work dir tells: seconds from `run.json`, iterations from the log of mmengine."""
import math
from dataclasses import dataclass
from pathlib import Path

from .fingerprint import holds
from .training_log import RECORD, read_logs, read_record


@dataclass(frozen=True)
class Cost:
    """NaN for what is not known.

    Args:
        total (float): seconds, with those of the training that this one starts from.
        step (float): seconds of an iteration of this training, start-up and validation included.
    """
    total: float = math.nan
    step: float = math.nan


def training_cost(folder, checkpoint, sha256):
    """Return the `Cost` of the training that has left a checkpoint of this SHA-256 in a work dir."""
    folder = Path(folder)
    if not holds(folder, checkpoint, sha256):
        return Cost()
    iterations = iterations_of(folder)
    return Cost(total_seconds(folder), seconds_of(folder) / iterations if iterations else math.nan)


def total_seconds(folder):
    """Return the seconds of a training and of all that it starts from; weights without a record cost nothing."""
    folders = [folder]
    for each in folders:
        starts = starts_of(each)
        if not all(start.is_file() for start in starts):
            return math.nan
        folders += [start.parent for start in starts
                    if start.parent not in folders and read_record(start.parent / RECORD)]
    return sum(map(seconds_of, folders))


def seconds_of(folder):
    seconds = read_record(folder / RECORD).get('seconds')
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else math.nan


def starts_of(folder):
    """Return the checkpoints, one or none, that a training was told to load."""
    options = read_record(folder / RECORD).get('options')
    return [Path(option.removeprefix('load_from=')) for option in (options if isinstance(options, list) else [])
            if isinstance(option, str) and option.startswith('load_from=')]


def iterations_of(folder):
    """Return how many iterations the logs of a training have; 0 where there is none."""
    return int(max((line['iter'] for log in read_logs(folder) for line in log if 'iter' in line), default=0))

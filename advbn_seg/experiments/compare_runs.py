"""Two trainings compared, bit by bit."""
from itertools import chain

import torch

from ..evaluation.training_log import read_logs
from ..runtime.resuming import own_checkpoint
from ..runtime.safe_loading import load_file

CHANGING = ('time', 'data_time', 'memory')  # of one run to the next
STATE = ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers')


def differences(one, other):
    """Return where two work dirs differ: in the last checkpoint's weights, optimiser and schedulers, and in the logs.

    Args:
        one, other: work dirs of two trainings that have ended.

    Returns:
        list[str]: one sentence for each difference; empty if the trainings are the same.
    """
    found = []
    for part in STATE:
        found += _unequal(last_checkpoint(one).get(part), last_checkpoint(other).get(part), part)
    return found + _unequal(log(one), log(other), 'log')


def last_checkpoint(work_dir):
    return load_file(own_checkpoint(work_dir), map_location='cpu')


def log(work_dir):
    """Return the log of a training, without times.

    Returns:
        dict: from 'train STEP' and 'val STEP' to the list of the different entries there. A training that was
        interrupted has logged a step again, with the same entry if all is well.
    """
    entries = {}
    for line in chain.from_iterable(read_logs(work_dir)):
        entry = {name: value for name, value in line.items() if name not in CHANGING}
        seen = entries.setdefault(f'{"train" if "loss" in entry else "val"} {entry["step"]}', [])
        if entry not in seen:
            seen.append(entry)
    return entries


def _unequal(one, other, where):
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return [f'{where} has {", ".join(map(str, one.keys() ^ other.keys()))} in one of them only']
        return [difference for key in one for difference in _unequal(one[key], other[key], f'{where}, {key}')]
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
        return [difference for index, pair in enumerate(zip(one, other))
                for difference in _unequal(*pair, f'{where}, {index}')]
    same = torch.equal(one, other) if torch.is_tensor(one) and torch.is_tensor(other) else one == other
    return [] if same else [f'{where} differs']

"""What a training has left beside its checkpoints: its record, and its curves from mmengine's log.

A training that was resumed has a log of each part, `WORK_DIR/TIME/vis_data/scalars.json`, with one JSON object a line.
"""
import json
import math
from pathlib import Path

RECORD = 'run.json'  # which advbn-seg experiments writes
VALIDATED = ('mIoU', 'accuracy/top1')
POINTS = 60  # of a curve, at most


def read_record(path):
    """Return a `run.json` as a dict; empty where there is none or it is damaged."""
    try:
        record = json.loads(Path(path).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def diverged(folder):
    """Return the sentence that a training has ended with which diverged; None for any other."""
    said = read_record(Path(folder) / RECORD).get('diverged')
    return said if isinstance(said, str) and said else None


def training_curves(folder):
    """Return the curves of a training.

    Returns:
        dict: `unit` ('epoch' or 'iteration') of x, and under `clean`, `adversarial` and `validation` lists of [x, y].
            Losses are sums over the heads; the validation is in percent. Empty where there is no log of a training.
    """
    lines = joined(read_logs(folder))
    training = [line for line in lines if 'loss' in line]
    if not training:
        return {}
    by_epoch = all('epoch' in line for line in training)
    length = max(math.ceil(line['step'] / line['epoch']) for line in training) if by_epoch else 1
    curves = dict(unit='epoch' if by_epoch else 'iteration', clean=[], adversarial=[], validation=[])
    for line in training:
        losses = adversarial_losses(line)
        curves['clean'].append([line['step'] / length, line['loss'] - sum(losses)])
        if losses:
            curves['adversarial'].append([line['step'] / length, sum(losses)])
    for line in lines:
        curves['validation'] += [[line['step'], line[name]] for name in VALIDATED if name in line]
    return {name: thinned(curve) if isinstance(curve, list) else curve for name, curve in curves.items()}


def adversarial_losses(line):
    """Return the adversarial loss of each head in a line of a log; none where there is no adversary."""
    return [value for name, value in line.items() if name.startswith('adv.') and 'loss' in name]


def read_logs(folder):
    """Return the lines of the log of each part of a training, in order."""
    return [read(path) for path in sorted(Path(folder).glob('*/vis_data/scalars.json'))]


def read(path):
    """Return the lines of a log that have a step; damaged ones, and numbers that are none, are left out."""
    lines = []
    for text in path.read_text(encoding='utf-8', errors='replace').splitlines():
        try:
            line = json.loads(text)
        except ValueError:  # the last line of a process that was killed
            continue
        if not isinstance(line, dict):
            continue
        line = {name: value for name, value in line.items() if isinstance(value, (int, float)) and math.isfinite(value)}
        if 'step' in line:
            lines.append(line)
    return lines


def joined(logs):
    """Return the lines of all parts of a training; a part takes the place of what an earlier one has from its start."""
    lines = []
    for log in logs:
        start = next((line['step'] for line in log if 'loss' in line), None)
        if start is None:
            continue  # of a test
        before = next((index for index, line in enumerate(lines) if 'loss' in line and line['step'] >= start), None)
        lines = lines[:before] + log
    return lines


def thinned(curve):
    """Return a curve with at most `POINTS` points, each the mean of its neighbours, with four digits."""
    width = math.ceil(len(curve) / POINTS) or 1
    parts = [curve[start:start + width] for start in range(0, len(curve), width)]
    return [[float(f'{sum(values) / len(part):.4g}') for values in zip(*part)] for part in parts]

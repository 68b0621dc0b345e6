"""Sweeps: the same training with other arguments of its method's hook, as in the paper's Figure 4 and Table 2.

A point of a sweep is ((argument, value), ...); the point of a config as it is, is (). Values that stand at the same
place of their lists go together: `num_steps=1,3 eps=0.1,0.5` has two points.
"""
import inspect
from contextlib import suppress
from statistics import fmean

from ..errors import UserError
from ..evaluation.sweep import Sweep, SweepPoint
from ..evaluation.training_log import RECORD, adversarial_losses, joined, read_logs, read_record
from ..runtime.hook_configs import hook_class


def read_points(words):
    """Return the points of words such as 'num_steps=1,3'.

    Raises:
        UserError: A word has another form, or the arguments have not the same number of values.
    """
    lists = {}
    for word in words:
        key, _, values = word.partition('=')
        if not (key.isidentifier() and values) or key in lists:
            raise UserError(f'--sweep {word}: ARGUMENT=VALUE,VALUE,... was expected, each argument once, such as '
                            'num_steps=1,3,6')
        lists[key] = [number(value) for value in values.split(',')]
    if len({len(values) for values in lists.values()}) > 1:
        numbers = ', '.join(f'{len(values)} of {key}' for key, values in lists.items())
        raise UserError(f'--sweep {" ".join(words)}: values at the same place go together, but there are {numbers}; '
                        'give as many of each')
    return [tuple(zip(lists, values)) for values in zip(*lists.values())]


def number(text):
    """Return the whole number or the number that a text is, or else the text."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def fitting(cfg, points):
    """Return the points where a hook of a config takes their arguments, else the config as it is."""
    return points if swept_hook(cfg, points[0]) is not None else [()]


def swept_hook(cfg, point):
    """Return the index of the first of a config's hooks that takes all arguments of a point, or None."""
    keys = {key for key, _ in point}
    for index, hook in enumerate(cfg.get('custom_hooks') or []):
        if (kind := hook_class(hook)) and keys <= arguments_of(kind):
            return index
    return None


def arguments_of(kind):
    """Return the names of what a class of hooks takes, with what it passes on."""
    return kind.arguments() if hasattr(kind, 'arguments') else inspect.signature(kind).parameters.keys()


def point_options(cfg, point):
    """Return the `--cfg-options` of a point; a radius alone brings its step size along, which is half of it."""
    changes = dict(point)
    if changes.keys() == {'eps'} and not isinstance(changes['eps'], str):
        changes['step_size'] = changes['eps'] / 2
    return [f'custom_hooks.{swept_hook(cfg, point)}.{key}={value}' for key, value in changes.items()]


def record_sweep(runs, folder):
    """Add the trainings of a sweep to the sweep.json of a report's folder.

    Args:
        runs (list[Run]): trained; those without a point are the lines that the others are held against.
        folder (Path): of the report.
    """
    sweep = Sweep.load(folder) if (folder / Sweep.file).exists() else Sweep()
    for run in runs:
        values = {key: str(value) for key, value in run.point}
        sweep.put(SweepPoint(str(run.folder), values, read_record(run.folder / RECORD)['seconds'],
                             adversarial_loss(run.folder)))
    sweep.save(folder)


def adversarial_loss(folder):
    """Return the adversarial loss of a training, summed over heads; None without any.

    It is the mean over the last epoch, and the last one logged where iterations are counted.
    """
    lines = [line for line in joined(read_logs(folder)) if 'loss' in line]
    last = [line for line in lines if 'epoch' in line and line['epoch'] == lines[-1].get('epoch')] or lines[-1:]
    losses = [sum(adversarial_losses(line)) for line in last]
    return round(fmean(losses), 6) if any(losses) else None

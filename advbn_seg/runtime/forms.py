"""The form of a file's content, compared with the form that a program would have written.

A form is an example: a tensor (of this shape), a number, a string, None (anything), or one of the classes below. A list
stands for as many entries; a dict for these keys, beside which the content may have more.
"""
from dataclasses import dataclass
from typing import Any

import torch

NUMBER = (int, float)


@dataclass
class Some:
    """A dict with none, some or all of these keys."""
    entries: dict


@dataclass
class Each:
    """A list of any length whose entries are all of this form."""
    form: Any


@dataclass
class KeptFor:
    """An optimiser's state of a parameter: a dict of tensors of the parameter's shape, or of one value."""
    parameter: torch.Tensor


def difference(form, found, where):
    """Return in words where something has another form, or None.

    Args:
        form: see the module.
        found: the thing to compare with the form.
        where (str): what to call this thing.
    """
    kind = {Some: dict, Each: list, KeptFor: dict, tuple: list}.get(type(form), type(form))
    if kind in (dict, list):
        if not isinstance(found, (list, tuple) if kind is list else dict):
            return f'{where} is a {type(found).__name__}, but a {kind.__name__} was expected'
        return _first(form, found, where)
    if torch.is_tensor(form):
        same = torch.is_tensor(found) and found.shape == form.shape
        return None if same else f'{where} is no tensor of the shape {tuple(form.shape)}'
    same = form is None or found is None or isinstance(found, NUMBER if isinstance(form, NUMBER) else type(form))
    return None if same else f'{where} is {found!r}, but something like {form!r} was expected'


def _first(form, found, where):
    """Return the first difference of the entries of a dict or list, or None."""
    if isinstance(form, KeptFor):
        shapes = {(), (1,), tuple(form.parameter.shape)}
        wrong = [name for name, value in found.items() if torch.is_tensor(value) and tuple(value.shape) not in shapes]
        return f'{where}.{wrong[0]} has not the shape {tuple(form.parameter.shape)} of its parameter' if wrong else None
    if isinstance(form, Some):
        form = {key: each for key, each in form.entries.items() if key in found}
    if isinstance(form, Each):
        form = [form.form] * len(found)
    if isinstance(form, dict):
        if lacking := [str(key) for key in form if key not in found]:
            return f'{where} lacks {", ".join(lacking)}'
        keys = form
    else:
        if len(form) != len(found):
            return f'{where} has {len(found)} entries, but {len(form)} were expected'
        keys = range(len(form))
    return next(filter(None, (difference(form[key], found[key], f'{where}.{key}') for key in keys)), None)

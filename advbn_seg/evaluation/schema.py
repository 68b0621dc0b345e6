"""From what a JSON file or a config holds to dataclasses; a wrong value is named in one sentence."""
import json
import sys
from dataclasses import MISSING, fields, is_dataclass
from reprlib import repr as shown
from typing import Annotated, get_args, get_origin, get_type_hints, is_typeddict

from ..errors import UserError

Count = Annotated[int, (0, 2**53)]
Seed = Annotated[int, (0, 2**63 - 1)]
Percent = Annotated[float, (0, 100)]
Share = Annotated[float, (0, 1)]
NAMES = {str: 'a string', int: 'a whole number', float: 'a number', bool: 'True or False', list: 'a list',
         dict: 'a dict'}


def read(kind, path, advice, check=lambda found: None):
    """Return what a JSON file holds.

    Args:
        kind: a dataclass, whose `file` is the name that such files have.
        path (Path): the file.
        advice (str): the end of the sentence of an error.
        check (callable): raises UserError where what was found is wrong all the same.

    Raises:
        UserError: where the file is missing or holds something else.
    """
    try:
        found = build(kind, json.loads(path.read_text(encoding='utf-8')), kind.file)
        check(found)
    except (OSError, RecursionError, ValueError) as error:
        raise UserError(f'{path} is no {kind.file} of this tool: {error}; {advice}') from None
    return found


def build(kind, value, where):
    """Return `value` as `kind`: a dataclass, or any of str, int, float, bool, None, list and dict.

    Args:
        kind: a dataclass, a TypedDict, `list[...]`, `dict[str, ...]`, a union with None, or
            `Annotated[..., (least, most)]` for a range.
        value: as JSON and configs have it.
        where (str): what the value is called, such as "rows[3].cells['nyc/dawn']".

    Raises:
        UserError: naming the value, what was found and what was expected.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if type(None) in arguments:
        return None if value is None else build(arguments[0], value, where)
    if origin is Annotated:
        least, most = arguments[1]
        if not least <= build(arguments[0], value, where) <= most:
            raise UserError(f'{where} is {shown(value)}, a number from {least} to {most} was expected')
        return value
    if is_dataclass(kind):
        optional = {each.name for each in fields(kind) if (each.default, each.default_factory) != (MISSING, MISSING)}
        return kind(**record(kind, value, where, optional))
    if is_typeddict(kind):
        return record(kind, value, where, kind.__optional_keys__)
    plain(origin or kind, value, where)
    if origin is list:
        return [build(arguments[0], each, f'{where}[{index}]') for index, each in enumerate(value)]
    if origin is dict:
        return {plain(str, key, f'a key of {where}'): build(arguments[1], each, f'{where}[{shown(key)}]')
                for key, each in value.items()}
    return value


def record(kind, value, where, optional):
    """Return the checked values of a dict by the keys of a dataclass or TypedDict, of which some are optional."""
    kinds = get_type_hints(kind, include_extras=True)
    plain(dict, value, where)
    if unknown := [key for key in value if key not in kinds]:
        raise UserError(f'{where} has the unknown key {shown(unknown[0])}, expected {", ".join(kinds)}')
    if missing := [key for key in kinds if key not in value and key not in optional]:
        raise UserError(f'{where} lacks the key {missing[0]!r}')
    return {key: build(kinds[key], each, f'{where}.{key}') for key, each in value.items()}


def plain(kind, value, where):
    """Return a value of a plain type; a float may be whole, but is finite, and UTF-8 can hold a string."""
    good = isinstance(value, (int, float) if kind is float else kind) and isinstance(value, bool) <= (kind is bool)
    if good and kind is float:
        good = abs(value) <= sys.float_info.max  # NaN is not
    if good and kind is str:
        good = not any('\ud800' <= character <= '\udfff' for character in value)
    if not good:
        raise UserError(f'{where} is {shown(value)}, {NAMES[kind]} was expected')
    return value

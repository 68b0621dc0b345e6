"""Sentences about arguments that are out of range."""
import math
from collections.abc import Sequence
from typing import Any

from ..errors import UserError


def positive(name: str, value: Any) -> None:
    """Raise UserError unless a value is a finite number above 0."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < math.inf:
        raise UserError(f'{name} must be positive, found {value!r}')


def whole(name: str, value: Any, least: int) -> None:
    """Raise UserError unless a value is an int of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UserError(f'{name} must be a whole number of at least {least}, found {value!r}')


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Raise UserError unless a value is among the choices."""
    if value not in choices:
        raise UserError(f'{name} must be one of {", ".join(map(repr, choices))}, found {value!r}')

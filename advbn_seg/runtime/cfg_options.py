"""The flag --cfg-options of mmengine's tools; it keeps the spaces inside of words and refuses what is no option."""
import argparse
import re

from mmengine.config import DictAction

from ..errors import UserError

SPACE = '\ue000'  # a character of nobody's, in the place of a space that mmengine would take out


def options(words):
    """Return {key: value} of words KEY=VALUE, as mmengine reads them but for the spaces in `title='two words'`.

    Raises:
        UserError: A word is no KEY=VALUE, or leaves a bracket open.
    """
    found = argparse.Namespace()
    try:
        DictAction(['--cfg-options'], 'options', nargs='+')(None, found, list(map(_marked, words)))
    except (AssertionError, ValueError):
        raise UserError(f'{" ".join(words)}: KEY=VALUE was expected, with as many brackets open as closed') from None
    return with_spaces(found.options)


def _marked(word):
    """Return a word with the spaces marked that are no part of a list's layout; `SYNTHIA (copy)` is no list."""
    value = word.partition('=')[2]
    edges = r'\s,\[\]()=' if ',' in value or value.startswith(('[', '(')) else r'\s='
    return re.sub(rf'(?<=[^{edges}]) +(?=[^{edges}])', lambda spaces: SPACE * len(spaces[0]), word)


def with_spaces(value):
    """Return an option's value with its spaces in their places again."""
    if isinstance(value, dict):
        return {with_spaces(key): with_spaces(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(with_spaces, value))
    return value.replace(SPACE, ' ') if isinstance(value, str) else value

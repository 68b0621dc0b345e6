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
    marked = [re.sub(r'(?<=[^\s,\[\]()=]) +(?=[^\s,\[\]()=])', lambda spaces: SPACE * len(spaces[0]), word)
              for word in words]
    found = argparse.Namespace()
    try:
        DictAction(['--cfg-options'], 'options', nargs='+')(None, found, marked)
    except (AssertionError, ValueError):
        raise UserError(f'{" ".join(words)}: KEY=VALUE was expected, with as many brackets open as closed') from None
    return with_spaces(found.options)


def with_spaces(value):
    """Return an option's value with its spaces in their places again."""
    if isinstance(value, dict):
        return {with_spaces(key): with_spaces(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(with_spaces, value))
    return value.replace(SPACE, ' ') if isinstance(value, str) else value

"""The flag --cfg-options of mmengine's tools; it keeps the spaces inside of words and refuses what is no option."""
import argparse
import re

from mmengine.config import DictAction

from ..errors import UserError

SPACE = '\ue000'  # a character of nobody's, in the place of a space that mmengine would take out


def options(words):
    """Return {key: value} of words KEY=VALUE, as mmengine reads them but for the spaces in `title='two words'`.

    Raises:
        UserError: A word is no KEY=VALUE, leaves a bracket open, or has a dict or a call as its value.
    """
    found = argparse.Namespace()
    try:
        DictAction(['--cfg-options'], 'options', nargs='+')(None, found, list(map(_marked, words)))
    except (AssertionError, ValueError):
        raise UserError(f'{" ".join(words)}: KEY=VALUE was expected, with as many brackets open as closed') from None
    except RecursionError:  # mmengine's answer to a name before a bracket with a comma inside
        found.options = None
    if found.options is None or any(map(holds_a_dict, found.options.values())):
        raise UserError(f'{" ".join(words)}: VALUE may be a number, a text, a list or a tuple; give each key of a dict '
                        'by itself, such as model.init_cfg.type=Pretrained model.init_cfg.checkpoint=FILE')
    return with_spaces(found.options)


def holds_a_dict(value):
    """Return whether a value, or one in a list or tuple, is the text of a dict."""
    if isinstance(value, (list, tuple)):
        return any(map(holds_a_dict, value))
    return isinstance(value, str) and re.fullmatch(r'dict\(.*\)|\{.*:.*\}', value) is not None


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

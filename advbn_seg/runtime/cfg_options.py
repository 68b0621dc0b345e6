"""The flag --cfg-options of mmengine's tools; it keeps the spaces inside of words and refuses what is no option."""
import re

from mmengine.config import DictAction

SPACE = '\ue000'  # a character of nobody's, in the place of a space that mmengine would take out


class CfgOptions(DictAction):
    """An argparse action that reads KEY=VALUE as mmengine does, but for the spaces in `title='two words'`."""

    def __call__(self, parser, namespace, values, option_string=None):
        values = [re.sub(r'(?<=[^\s,\[\]()=]) +(?=[^\s,\[\]()=])', lambda spaces: SPACE * len(spaces[0]), value)
                  for value in values]
        try:
            super().__call__(parser, namespace, values, option_string)
        except (AssertionError, ValueError):
            given = ' '.join(values).replace(SPACE, ' ')
            parser.error(f'{option_string} {given}: KEY=VALUE was expected, with as many brackets open as closed')
        setattr(namespace, self.dest, with_spaces(getattr(namespace, self.dest)))


def with_spaces(value):
    """Return an option's value with its spaces in their places again."""
    if isinstance(value, dict):
        return {with_spaces(key): with_spaces(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(with_spaces, value))
    return value.replace(SPACE, ' ') if isinstance(value, str) else value

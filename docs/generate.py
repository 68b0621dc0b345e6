"""Fill README.md and the pages of docs/ with the numbers of results/, so that none is copied by hand.

    python -m docs.generate    # `make docs` does it, and builds the site

A comment says what stands between it and the next one, such as `<!-- gain camvid mean advbn -->+0.7<!-- end -->`: the
name of one of `fillers`, and its arguments. A table stands on lines of its own. `tests/test_docs.py` refuses pages that
are out of date.
"""
import re
import shlex

from .fillers import FILLERS
from .fillers.tables import ROOT

MARKED = re.compile(r'(<!-- (\w[^>]*?) -->)(.*?)(<!-- end -->)', re.S)


def pages():
    """Return the paths of all texts that may have marks."""
    return [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]


def filled(text):
    """Return a text with what its comments ask for.

    Raises:
        KeyError: A comment names a function, or numbers, that are not there.
    """
    def replace(match):
        start, call, old, end = match.groups()
        name, *arguments = shlex.split(call)
        named = dict(argument.split('=') for argument in arguments if '=' in argument)
        new = FILLERS[name](*(argument for argument in arguments if '=' not in argument), **named)
        return start + (f'\n\n{new}\n\n' if '\n' in old else new) + end

    return MARKED.sub(replace, text)


def main():
    for path in pages():
        text = path.read_text(encoding='utf-8')
        if (new := filled(text)) != text:
            path.write_text(new, encoding='utf-8')
            print(f'{path.relative_to(ROOT)} is up to date now')


if __name__ == '__main__':
    main()

"""Names from files as text, and only as text, in each format. CSV needs nothing here: pandas quotes."""
from rich.text import Text

LATEX = {'\\': r'\textbackslash{}', '^': r'\textasciicircum{}', '~': r'\textasciitilde{}', '<': r'\textless{}',
         '>': r'\textgreater{}', '|': r'\textbar{}', '"': r'\textquotedbl{}', '↓': r'$\downarrow$', '–': '--',
         **{character: f'\\{character}' for character in '_%&#${}'}}
MARKDOWN = {'&': '&amp;', '<': '&lt;', **{character: f'\\{character}' for character in '\\|`*~'}}


def one_line(text):
    """Return a text with a space for each character that moves a cursor or changes the direction of reading."""
    return ''.join(character if character.isprintable() else ' ' for character in text)


def latex(text):
    """Return a text for LaTeX; also at the start of a row, where `[` and `*` would belong to the `\\\\` before."""
    text = ''.join(LATEX.get(character, character) for character in one_line(text))
    return f'{{{text[0]}}}{text[1:]}' if text[:1] in ('[', '*') else text


def markdown(text):
    """Return a text for a cell of a Markdown table: no HTML, link, code or emphasis, and no further cell."""
    text = ''.join(MARKDOWN.get(character, character) for character in one_line(text))
    return text.replace('](', ']\\(')


def terminal(text, style=''):
    """Return a text for rich: no markup and no control sequences."""
    return Text(one_line(text), style)


def picture(text):
    """Return a text for matplotlib: no mathematics, and no leading `_`, which hides a line from a legend."""
    text = one_line(text).replace('$', r'\$')
    return f'\u200b{text}' if text.startswith('_') else text

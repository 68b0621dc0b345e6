"""Names from files stay names, whatever they hold."""
import csv
import io
import re

import pandas as pd
import pytest
from rich.console import Console

from advbn_seg.reports import escape
from advbn_seg.reports.matrix import matrix_report
from advbn_seg.reports.tables import Table, as_latex, as_markdown, as_rich

from ..evaluation.segmentation.test_matrix import matrix_of, row

HOSTILE = [
    '\\input{/etc/passwd}', '\\write18{rm}', '{unbalanced', 'unbalanced}', 'a^b~c_d%e&f#g$h', '[optional]', '*star',
    'a|b', 'two\nlines', 'a\r\nb', '`code`', '<script>alert(1)</script>', '&lt;', '[link](javascript:alert(1))',
    '![image](x)', '\x1b[31mred\x1b]0;title\x07', '\x9b31m', '[bold]rich[/bold]', '[/]', 'right\u202eleft', 'a"b,c',
    '=1+1', '$x', '\\', '', ' ', '名前', '**bold**']


@pytest.mark.parametrize('title', ['control [/3 epochs]', '<script>alert(1)</script>'])
def test_the_title_of_a_table(title):
    table = Table(pd.DataFrame({'a' * 40: ['1']}, index=pd.Index(['x'], name='method')), title)
    console = Console(width=80, file=io.StringIO())
    console.print(as_rich(table))
    assert title in console.file.getvalue() and '<' not in as_markdown([table])


def test_a_legend_has_names_that_begin_with_a_line():
    assert escape.picture('_mine')[0] != '_' and escape.picture('mine') == 'mine'


@pytest.mark.parametrize('name', HOSTILE)
def test_latex(name):
    text = escape.latex(name)
    plain = re.sub(r'\\text(backslash|asciicircum|asciitilde|less|greater|bar|quotedbl)\{\}', '', text)
    plain = re.sub(r'\\[_%&#${}]', '', plain)
    assert '\\' not in plain and not set('^~_%&#$|<>"\n\r\x1b') & set(plain)
    assert re.sub(r'^\{[\[*]\}', '', plain).count('{') == re.sub(r'^\{[\[*]\}', '', plain).count('}') == 0
    assert not text.startswith(('[', '*'))


def test_latex_by_example():
    assert escape.latex('\\input{a_b}') == r'\textbackslash{}input\{a\_b\}'
    assert escape.latex('[x] 5%') == r'{[}x] 5\%'
    assert escape.latex('advbn (aux)') == 'advbn (aux)'


@pytest.mark.parametrize('name', HOSTILE)
def test_markdown(name):
    text = escape.markdown(name)
    unescaped = re.sub(r'\\[\\|`*~(]', '', text)
    assert not set('|`<*~\n\r\x1b') & set(unescaped) and '](' not in unescaped
    assert not re.search('&(?!amp;|lt;)', text)


def test_markdown_leaves_ordinary_names():
    for name in ('advbn_running [work_dirs/a/seed0_eps0.1]', 'nyc/dawn', 'Cutmix + AdvBN (paper)', 'mCE ↓'):
        assert escape.markdown(name) == name


@pytest.mark.parametrize('name', HOSTILE)
def test_terminal(name):
    console = Console(file=io.StringIO(), width=200, force_terminal=True)
    console.print(escape.terminal(name), highlight=False)
    assert console.file.getvalue() == escape.one_line(name) + '\n'  # no colours, no cursor, no markup
    assert escape.one_line(name).isprintable()


@pytest.mark.slow
def test_a_report_of_hostile_names(tmp_path):
    rows = [row(name or 'empty', [50] * 10, seed=index, source=HOSTILE[index - 1] or 'none', run=name or 'empty')
            for index, name in enumerate(HOSTILE)]
    matrix = matrix_of(*rows, benchmark=HOSTILE[0] + '\n\\input{x}')
    matrix.classes = [HOSTILE[0], HOSTILE[11]]
    report = matrix_report(matrix)
    tex = as_latex(report.tables)
    assert '\\input' not in tex.replace('% ', '%').split('\\begin')[1] and tex.count('\\begin{') == tex.count('\\end{')
    assert all(line.startswith('%') for line in tex.split('\\begin{tabular}')[0].splitlines())
    text = as_markdown(report.tables)
    assert '<script' not in text and '\x1b' not in text
    for table in text.split('\n\n'):
        lines = [line for line in table.splitlines() if line.startswith('|')]
        assert len({len(re.findall(r'(?<!\\)\|', line)) for line in lines}) <= 1
    files = report.write(tmp_path)
    assert [file.suffix for file in files] == ['.csv', '.md', '.tex', '.png', '.html']
    with open(files[0], newline='', encoding='utf-8') as file:
        lines = list(csv.DictReader(file))
    assert {line['run'] for line in lines} == {name or 'empty' for name in HOSTILE}
    console = Console(file=io.StringIO(), width=300, force_terminal=True, color_system=None)
    report.show(console, everything=True)
    assert '\x1b]0' not in console.file.getvalue() and '[bold]rich[/bold]' in console.file.getvalue()

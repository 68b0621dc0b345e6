"""`advbn-seg`: help without anything heavy, mistakes in one sentence, tools/ as the same commands."""
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from advbn_seg import commands
from advbn_seg.evaluation.classification.test_sets import PAPER_SETS
from tests.blocked import run_without

ROOT = Path(__file__).parents[2]
HEAVY = ('torch', 'torchvision', 'mmengine', 'mmcv', 'mmseg', 'mmpretrain', 'numpy', 'cv2', 'pandas', 'matplotlib',
         'rich', 'timm')
TOOL = '''"""The command `advbn-seg {name}` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['{name}', *sys.argv[1:]])
'''


def test_help_needs_nothing_heavy():
    said = run_without(HEAVY, '''
from advbn_seg.commands import NAMES, main

main(['--help'])
for name in NAMES:
    try:
        main([name, '--help'])
    except SystemExit as stop:
        assert not stop.code, name
''')
    for name in commands.NAMES:
        assert f'usage: advbn-seg {name} ' in said
        assert re.search(f'^  {name} +[A-Z].*[.]$', said, re.M), f'{name} has no sentence in the overview'


@pytest.mark.parametrize('name', commands.NAMES)
def test_flags_are_explained_and_lines_are_whole(name):
    parser = commands.parser_of(name)
    lines = parser.description.splitlines()
    assert max(map(len, lines)) <= 120 and len(lines[0]) <= 95
    examples = [line for line in lines if line.startswith('    ')]
    assert any(f'advbn-seg {name}' in line for line in examples)
    for action in parser._actions:
        assert action.help or action.dest == 'action', f'{action.dest} of {name} is not explained'


@pytest.mark.parametrize('name', commands.NAMES)
def test_examples_name_commands_and_flags_that_there_are(name):
    text = commands.parser_of(name).description.replace('\\\n', ' ')
    for command, words in re.findall(r'^ +(?:torchrun .* -m advbn_seg|advbn-seg) ([a-z-]+)(.*)$', text, re.M):
        flags = {flag for action in commands.parser_of(command)._actions for flag in action.option_strings}
        assert set(re.findall(r' (--[a-z-]+)', words.partition('  #')[0])) <= flags


@pytest.mark.parametrize('tool', sorted(path.name for path in (ROOT / 'tools').glob('*.py')))
def test_a_tool_is_a_command(tool):
    text = (ROOT / 'tools' / tool).read_text()
    name = re.search('`advbn-seg (.*)`', text)[1]
    assert text == TOOL.format(name=name) and name in commands.NAMES


def test_a_command_that_there_is_not(capsys):
    with pytest.raises(SystemExit) as stop:
        commands.main(['trian'])
    assert stop.value.code == 2
    assert capsys.readouterr().err == ("error: there is no command 'trian': did you mean train; advbn-seg --help lists "
                                       'them\n')


@pytest.mark.parametrize('name, said', [
    ('train', 'Stopped. The same command with --resume goes on from the last checkpoint.\n'),
    ('report', 'Stopped.\n'), ('make-digits', 'Stopped. Run the same command again to go on.\n')])
def test_ctrl_c_says_how_to_go_on(capsys, monkeypatch, name, said):
    def run(args):
        raise KeyboardInterrupt

    assert set(commands.STOPPED) < set(commands.NAMES)
    monkeypatch.setattr(f'advbn_seg.commands.{name.replace("-", "_")}.run', run)
    with pytest.raises(SystemExit) as stop:
        commands.main([name, *{'make-digits': []}.get(name, ['x'])])
    assert stop.value.code == 130 and capsys.readouterr().err == said


def test_a_mistake_is_one_sentence_that_may_name_the_config(capsys, tmp_path):
    (tmp_path / 'mine.py').write_text('model = dict(')
    with pytest.raises(SystemExit) as stop:
        commands.main(['train', str(tmp_path / 'mine.py')])
    said = capsys.readouterr().err
    assert stop.value.code == 2 and said.startswith(f'error: config {tmp_path}/mine.py: ') and said.count('\n') == 1


@pytest.mark.parametrize('package, words', [
    ('mmengine', ['train', 'x.py']), ('mmengine', ['train', __file__, '--cfg-options', 'a=1']),
    ('mmengine', ['chaos', __file__, '--cfg-options', 'a=1']), ('mmsegmentation', ['chaos', __file__])],
    ids=lambda value: value if isinstance(value, str) else ' '.join(value[::2]))
def test_without_a_package_a_command_says_what_to_install(package, words):
    said = run_without([package.replace('mmsegmentation', 'mmseg')], f'''
import contextlib, io
from advbn_seg.commands import main
err = io.StringIO()
with contextlib.redirect_stderr(err):
    try:
        main({words})
    except SystemExit as stop:
        print(stop.code)
print(err.getvalue())
''')
    assert said.startswith('2\n') and said.count('error: ') == 1
    assert f'needs packages that are not installed; run: pip install onedl-{package}\n' in said


def test_it_runs_as_a_module():
    done = subprocess.run([sys.executable, '-m', 'advbn_seg', '--version'], cwd=ROOT, capture_output=True, text=True)
    assert re.fullmatch(r'\d+\.\d+\.\d+\n', done.stdout), done.stderr


@pytest.mark.parametrize('words', [['--help'], ['train', '--help']])
def test_help_ends_quietly_where_nobody_reads_on(words):
    with subprocess.Popen([sys.executable, '-m', 'advbn_seg', *words], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as started:
        started.stdout.close()
        assert started.stderr.read() == '' and started.wait() == -signal.SIGPIPE


def test_each_set_of_the_paper_has_a_flag():
    from advbn_seg.commands.robustness import SETS
    assert [name.replace('_', '-') for name in SETS] == [each.name for each in PAPER_SETS]


def test_a_light_command_imports_no_torch():
    code = "from advbn_seg.commands import main\nmain(['configs'])"
    said = run_without(('torch', 'torchvision', 'cv2', 'mmcv'), code)
    assert 'camvid_day_baseline' in said


@pytest.mark.parametrize('words, says', [
    (['make-imagenet-c', 'a', 'b', '--crop', '300'], '--crop 300 needs a --resize of at least as many pixels'),
    (['make-mini-synthia', '--contact-sheet', 'sheet'], "'sheet' is no name of a picture: let it end in .png or .jpg"),
    (['make-mini-synthia', '--val', '0'], "argument --val: expected a whole number of at least 1, found '0'"),
    (['matrix', 'a', '--batch-size', '-1'], "--batch-size: expected a whole number of at least 1, found '-1'")])
def test_numbers_and_names_out_of_range_are_refused_at_once(words, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        commands.main(words)
    assert stopped.value.code == 2 and says in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_contact_sheet_is_written_where_it_was_asked_for(tmp_path):
    commands.main(['make-mini-synthia', '--contact-sheet', f'{tmp_path}/new/sheet.png', '--size', '32', '32'])
    assert (tmp_path / 'new/sheet.png').read_bytes().startswith(b'\x89PNG')


def test_a_dry_run_in_mixed_precision_is_told_of_it(monkeypatch):
    told = []
    monkeypatch.setattr('advbn_seg.commands.train.dry_run', told.append)
    for flags in ([], ['--amp']):
        commands.main(['train', 'mini_synthia_highway_dawn_baseline', '--dry-run', *flags])
    plain, mixed = (cfg.optim_wrapper.type for cfg in told)
    assert 'Amp' not in str(plain) and 'Amp' in str(mixed)

"""The command line, in this process."""
import runpy
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / 'tools' / 'cross_domain_matrix.py'


@pytest.fixture
def tool(monkeypatch, capsys):
    """tool(*arguments) -> (exit code, stdout, stderr)."""
    main = runpy.run_path(str(TOOL))['main']

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', [TOOL.name, *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as exit:
            code = exit.code
        return code, *capsys.readouterr()

    return run


def test_from_runs_to_files_and_back_from_json(tool, make_run, tmp_path):
    runs = make_run('a', method='baseline'), make_run('b', seed=1, method='advbn')
    out = tmp_path / 'out'
    code, text, errors = tool(*runs, '--out', out, '--batch-size', 3, '--num-workers', 0, '--device', 'cpu')
    assert code == 0 and 'baseline' in text and 'unseen' in text and f'Written to {out}' in text
    files = {file.name: file.read_bytes() for file in out.iterdir()}
    assert files.keys() == {f'matrix.{suffix}' for suffix in ('json', 'csv', 'md', 'tex', 'png')}
    for name in files.keys() - {'matrix.json'}:
        (out / name).unlink()
    code, again, _ = tool('--from-json', out / 'matrix.json')
    assert code == 0 and text.endswith(again)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == files


@pytest.mark.parametrize('arguments', [['nowhere'], ['run', '--norm-branch', 'aux'], ['--from-json', 'nowhere.json'],
                                       ['run', '--launcher', 'pytorch']])
def test_bad_input_is_one_sentence_and_exit_code_2(tool, make_run, arguments):
    make_run()
    code, text, errors = tool(*arguments)
    assert code == 2 and text == ''
    assert errors.startswith('error: ') and errors.count('\n') == 1


@pytest.mark.parametrize('arguments', [[], ['run', '--from-json', 'matrix.json']])
def test_runs_or_json(tool, arguments):
    code, _, errors = tool(*arguments)
    assert code == 2 and 'give either one RUN or more' in errors

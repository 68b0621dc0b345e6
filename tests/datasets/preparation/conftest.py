"""The tool in this process."""
import runpy
import sys
from pathlib import Path

import pytest

TOOL = str(Path(__file__).parents[3] / 'tools' / 'prepare_synthia.py')


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the tool as its user would; returns 0 or the message that it leaves with, and its output."""
    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', [TOOL, *map(str, arguments)])
        try:
            runpy.run_path(TOOL, run_name='__main__')
            status = 0
        except SystemExit as leave:
            status = leave.code
        output = capsys.readouterr()
        return output.err.strip() if status == 2 else status, output.out
    return call

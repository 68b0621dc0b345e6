import runpy
import sys
from pathlib import Path

import pytest
import torch
from yapf.yapflib import yapf_api

torch.set_num_threads(1)  # small tensors: threads only get in each other's way
yapf_api.FormatCode = lambda text, **_: (text, True)  # laying out a config for its log takes longer than our trainings

TOOLS = Path(__file__).parents[1] / 'tools'


@pytest.fixture
def call(monkeypatch, capsys):
    """call(tool, *arguments) -> (exit code, stdout, stderr) of a tool that is run in this process."""
    def run(tool, *arguments):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        try:
            runpy.run_path(str(TOOLS / tool))['main']()
            code = 0
        except SystemExit as exit:
            code = exit.code
        return code, *capsys.readouterr()

    return run

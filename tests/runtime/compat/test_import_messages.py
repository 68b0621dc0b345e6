import logging
import subprocess
import sys
from pathlib import Path

import mmengine.logging
import pytest

from advbn_seg.runtime.compat import import_messages
from tests.runtime.compat.assumptions import assumption

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    monkeypatch.setattr(mmengine.logging, 'print_log', import_messages.original)


def test_mmengine_prints_debug_lines_where_no_logger_is_named(capsys):
    with assumption('onedl-mmengine', 'import_messages.py', 'print_log prints a debug line if no logger is named'):
        mmengine.logging.print_log('hidden', level=logging.DEBUG)
        assert capsys.readouterr().out == 'hidden\n'


def test_debug_lines_are_left_out_and_others_stay(capsys):
    for _ in range(2):  # as often as commands call each other
        import_messages.leave_out_import_messages()
    from mmengine.logging import print_log as imported_now
    imported_now('hidden', level=logging.DEBUG)
    imported_now('told', level=logging.WARNING)
    assert capsys.readouterr().out == 'told\n'
    assert imported_now is import_messages.print_log


@pytest.mark.slow
def test_importing_the_mm_packages_says_nothing():
    code = ('from advbn_seg.runtime.compat.import_messages import leave_out_import_messages\n'
            'leave_out_import_messages()\n'
            'import mmseg.apis, mmpretrain.datasets')
    done = subprocess.run([sys.executable, '-W', 'default::UserWarning', '-c', code], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert 'OneDL' not in done.stdout and 'MultiScaleDeformableAttention' not in done.stderr

import logging

import mmengine.logging
import pytest

from advbn_seg.runtime.compat import print_log
from tests.runtime.compat.assumptions import assumption


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    monkeypatch.setattr(mmengine.logging, 'print_log', print_log.original)


def test_mmengine_prints_debug_lines_where_no_logger_is_named(capsys):
    with assumption('onedl-mmengine', 'print_log.py', 'print_log prints a debug line if no logger is named'):
        mmengine.logging.print_log('hidden', level=logging.DEBUG)
        assert capsys.readouterr().out == 'hidden\n'


def test_debug_lines_are_left_out_and_others_stay(capsys):
    for _ in range(2):  # as often as commands call each other
        print_log.leave_out_debug_lines()
    from mmengine.logging import print_log as imported_now
    imported_now('hidden', level=logging.DEBUG)
    imported_now('told', level=logging.WARNING)
    assert capsys.readouterr().out == 'told\n'
    assert imported_now is print_log.print_log

"""The examples in docstrings do what they show; modules without any are not imported."""
import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = ['.'.join(path.relative_to(ROOT).with_suffix('').parts) for path in sorted(ROOT.glob('advbn_seg/**/*.py'))
           if '>>> ' in path.read_text(encoding='utf-8')]


@pytest.mark.parametrize('name', MODULES)
def test_examples(name):
    failed, tried = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert tried and not failed

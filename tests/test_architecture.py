"""Who may import whom (README, "How it is built")."""
import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'advbn_seg'
FORBIDDEN = {
    'datasets': ('advbn_seg.hooks', 'advbn_seg.models', 'advbn_seg.adversarial', 'advbn_seg.evaluation'),
    'evaluation': ('advbn_seg.hooks', 'advbn_seg.models', 'advbn_seg.adversarial', 'advbn_seg.datasets'),
    'models': ('advbn_seg.hooks', 'advbn_seg.datasets', 'advbn_seg.evaluation'),
    'hooks': ('advbn_seg.models', 'advbn_seg.datasets', 'advbn_seg.evaluation'),
    'imagenet': ('advbn_seg.hooks', 'advbn_seg.models', 'advbn_seg.datasets'),
}


def imports(path):
    """The absolute names of what a module of the package imports."""
    package = ['advbn_seg', *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else []
            base = '.'.join([*base, *filter(None, [node.module])])
            yield from (f'{base}.{alias.name}' for alias in node.names)


@pytest.mark.parametrize('room', FORBIDDEN)
def test_imports(room):
    files = sorted((PACKAGE / room).rglob('*.py'))
    assert files
    for path in files:
        for name in imports(path):
            own = name.startswith(f'advbn_seg.{room}')
            assert own or not name.startswith(FORBIDDEN[room]), f'{path} imports {name}'


def test_the_core_needs_torch_only():
    for path in sorted((PACKAGE / 'adversarial').glob('*.py')):
        for name in imports(path):
            root = name.split('.')[0]
            assert root == 'torch' or root in sys.stdlib_module_names or name.startswith('advbn_seg.adversarial'), \
                f'{path} imports {name}'


def test_nothing_imports_tools():
    for path in PACKAGE.rglob('*.py'):
        assert not any(name.split('.')[0] == 'tools' for name in imports(path)), path

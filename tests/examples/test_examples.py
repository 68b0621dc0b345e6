"""The examples do what they say: each is run as its reader would, on little data."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advbn_seg.evaluation.segmentation import CrossDomainMatrix

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / 'examples'
SHORT = ('train_cfg.max_epochs=1 train_cfg.val_interval=1 train_dataloader.batch_size=2 train_dataloader.num_workers=0 '
         'train_dataloader.persistent_workers=False val_dataloader.num_workers=0 test_dataloader.num_workers=0 '
         'model.backbone.init_cfg=None').split()

pytestmark = pytest.mark.slow


def run(folder, *command):
    user = {key: value for key, value in os.environ.items() if key != 'LOCAL_RANK'}  # that our commands set in tests
    done = subprocess.run([sys.executable, *map(str, command)], cwd=folder, capture_output=True, text=True,
                          env={**user, 'PYTHONPATH': str(ROOT)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize('name', ['plain_torch', 'timm_model', 'accelerate_loop'])
def test_a_loop_of_ones_own(name, tmp_path):
    path = EXAMPLES / f'{name}.py'
    assert len(path.read_text().splitlines()) <= 30
    said = run(tmp_path, path)
    losses = [list(map(float, pair)) for pair in re.findall(r'clean (\S+), adversarial (\S+)', said)]
    assert len(losses) == 3 and losses[0][1] > losses[0][0]  # norms and copies are the same in the first step
    if name != 'timm_model':
        assert said.endswith('the stock model predicts alike: True\n')


def test_peers_in_a_loop_of_ones_own(tmp_path):
    said = run(tmp_path, EXAMPLES / 'peers.py')
    lines = dict(line.split(': ') for line in said.splitlines())
    assert list(lines) == ['NP+, one pass', 'MixStyle, one pass', 'ASA, one pass', 'MixStyle, clean and perturbed']
    clean, perturbed = map(float, lines['MixStyle, clean and perturbed'].split(', '))
    assert clean != perturbed


def test_own_domains(tmp_path):
    for folder, light in (('train', 200), ('day', 200), ('night', 40)):
        for index in range(2):
            for kind, pixels in (('images', np.full((32, 48, 3), light + index)), ('labels', np.tile(
                    np.arange(48) > 23, (32, 1)))):
                path = tmp_path / f'data/own/{folder}/{kind}/{index:04}.png'
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels.astype(np.uint8)).save(path)
    for file in (EXAMPLES / 'own_domains').glob('*.py'):
        shutil.copy(file, tmp_path)
    commands = [shlex.split(line) for name in ('own_baseline', 'corruptions')
                for line in re.findall(r'^#     advbn-seg (.*)$', (tmp_path / f'{name}.py').read_text(), re.M)]
    assert [words[0] for words in commands] == ['configs', 'train', 'train', 'train', 'matrix', 'matrix']
    for words in commands:
        if words[0] == 'train':
            start = ['load_from=work_dirs/own_baseline/epoch_1.pth'] if '--method' in words else []
            words += ['--cfg-options', *SHORT, *start]
    run(tmp_path, '-c', f'from advbn_seg.commands import main\nfor words in {commands}: main(words)')
    rows = CrossDomainMatrix.load(tmp_path / 'work_dirs/cross_domain/matrix.json').rows
    assert [row.method for row in rows] == ['baseline', 'finetune', 'advbn']
    assert all(row.source == 'street/day' and list(row.cells) == ['street/day', 'street/night'] for row in rows)
    rows = CrossDomainMatrix.load(tmp_path / 'work_dirs/held_out/matrix.json').rows
    assert [row.method for row in rows] == ['finetune', 'advbn']
    assert all(list(row.cells) == [f'source/{name}' for name in ('dark', 'bright', 'flat', 'grey', 'blurred')]
               for row in rows)


def test_the_notebook(tmp_path):
    cells = json.loads((EXAMPLES / 'tour.ipynb').read_text())['cells']
    code = '\n'.join(''.join(cell['source']) for cell in cells if cell['cell_type'] == 'code')
    said = run(tmp_path, '-c', f'{code}\nprint(sheet.size, list(frame.method))')
    assert said.splitlines()[-1].endswith("['baseline', 'advbn']")
    assert not any(cell.get('outputs') for cell in cells)  # which would grow old

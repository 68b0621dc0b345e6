"""A config that knows nothing of us: trained by our tool, its dump and checkpoint serve our tools and mmseg's own."""
import json
import os
import subprocess
import sys
from pathlib import Path

import mmseg
import numpy as np
import pytest
from PIL import Image

from tests import tiny

ROOT = Path(__file__).parents[2]
TOOLS = dict(train=ROOT / 'tools/train.py', test=ROOT / 'tools/test.py', matrix=ROOT / 'tools/cross_domain_matrix.py',
             their_test=Path(mmseg.__file__).parent / '.mim/tools/test.py')


def stock_config(folder):
    """Two domains of two images each, their labels those of the columns; no key of ours but `domains`."""
    for domain in ('day', 'night'):
        for kind, pixels in (('img', np.full((32, 32, 3), 90)), ('gt', np.tile(np.arange(32) > 15, (32, 1)))):
            place = folder / 'data' / domain / kind
            place.mkdir(parents=True)
            for index in range(2):
                Image.fromarray(pixels.astype(np.uint8)).save(place / f'{index}.png')
    dataset = dict(type='BaseSegDataset', data_root='data', img_suffix='.png', seg_map_suffix='.png',
                   metainfo=dict(classes=('left', 'right'), palette=[[0, 0, 0], [9, 9, 9]]),
                   data_prefix=dict(img_path='day/img', seg_map_path='day/gt'),
                   pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')])
    night = dict(data_prefix=dict(img_path='night/img', seg_map_path='night/gt'))
    cfg = tiny.config('run', epochs=1, log_level='INFO', source_domain='day', domains=[
        dict(name='day', dataset={}), dict(name='night', dataset=night)])
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset = dataset
    cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    cfg.dump(folder / 'stock.py')


@pytest.mark.slow
def test_from_training_to_the_matrix(tmp_path):
    def run(tool, *arguments):
        done = subprocess.run([sys.executable, TOOLS[tool], *arguments], cwd=tmp_path, capture_output=True, text=True,
                              env={**os.environ, 'PYTHONPATH': str(ROOT)})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    stock_config(tmp_path)
    run('train', 'stock.py')
    dumped = (tmp_path / 'run/stock.py').read_text()
    assert 'advbn_seg.hooks.SafeCheckpointHook' in dumped and 'custom_imports' not in dumped
    scores = [next(line for line in run(tool, 'run/stock.py', 'run/epoch_1.pth').splitlines() if 'mIoU: ' in line)
              for tool in ('test', 'their_test')]
    miou = [float(line.partition('mIoU: ')[2].split()[0]) for line in scores]
    run('matrix', 'run', '--device', 'cpu')
    cells = json.loads((tmp_path / 'work_dirs/cross_domain/matrix.json').read_text())['rows'][0]['cells']
    assert miou[0] == miou[1] == pytest.approx(cells['day']['miou'], abs=0.005)

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.tiny import config, segmentor

ROOT = Path(__file__).parents[2]


def train(folder, ranks, norm, launcher=None, hook=None, randomness=None, **options):
    """The checkpoint of two steps of tools/train.py on global batches of 4 images, of AdvBN if no hook is given."""
    model = segmentor(norm)
    model['decode_head']['dropout_ratio'] = 0
    cfg = config(folder, model, randomness=randomness or dict(seed=0),
                 hooks=[hook or dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', **options)],
                 val_dataloader=None, val_evaluator=None, val_cfg=None,
                 custom_imports=dict(imports=['tests.tiny']))
    cfg.train_dataloader.batch_size = 4 // ranks
    folder.mkdir()
    cfg.dump(folder / 'config.py')
    launch = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', str(ranks)]
    launched = ranks > 1 if launcher is None else launcher
    command = [sys.executable, *(launch if launched else []), ROOT / 'tools/train.py', folder / 'config.py',
               *(['--launcher', 'pytorch'] if launched else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'})
    assert done.returncode == 0, done.stderr
    return torch.load(folder / 'epoch_2.pth', weights_only=False)['state_dict']


@pytest.mark.ddp
@pytest.mark.parametrize('norm, options', [
    ('GN', {}), ('GN', dict(clean_first=True)), ('GN', dict(fast=True, ascent_precision='fp32')), ('BN', {})])
def test_two_processes_train_as_one(tmp_path, norm, options):
    """Also by batch norms, whose statistics are those of both."""
    one, two = train(tmp_path / 'one', 1, norm, **options), train(tmp_path / 'two', 2, norm, **options)
    assert any('.aux.' in name for name in one)
    torch.testing.assert_close(two, one, rtol=1e-4, atol=1e-5)


@pytest.mark.ddp
def test_coins_are_alike_in_processes_with_seeds_of_their_own(tmp_path):
    """ASA's scales are reduced over all processes, which would wait for one that does not perturb."""
    hook = dict(type='advbn_seg.hooks.ASAHook', layers=['backbone.layer1', 'backbone.layer2'])
    train(tmp_path / 'two', 2, 'BN', hook=hook, randomness=dict(seed=0, diff_rank_seed=True))


@pytest.mark.ddp
def test_a_launcher_of_one_process_changes_nothing(tmp_path):
    """DistributedDataParallel wraps the model there, too, and waits for a gradient of each parameter."""
    alone, launched = (train(tmp_path / f'{launcher}', 1, 'BN', launcher) for launcher in (False, True))
    torch.testing.assert_close(launched, alone, rtol=1e-4, atol=1e-5)

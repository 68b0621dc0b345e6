import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.tiny import config, segmentor

ROOT = Path(__file__).parents[2]
STEPS = {'clean and adversarial loss': ('GN', {}), 'clean_first': ('GN', dict(clean_first=True)),
         'fast': ('GN', dict(fast=True, ascent_precision='fp32')), 'batch norms': ('BN', {})}


def written(folder, ranks, norm, hook=None, randomness=None, **options):
    """Write a config of two steps on global batches of 4 images, of AdvBN if no hook is given; return its path."""
    model = segmentor(norm)
    model['decode_head']['dropout_ratio'] = 0
    cfg = config(folder, model, randomness=randomness or dict(seed=0),
                 hooks=[hook or dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', **options)],
                 val_dataloader=None, val_evaluator=None, val_cfg=None,
                 custom_imports=dict(imports=['tests.tiny']))
    cfg.train_dataloader.batch_size = 4 // ranks
    folder.mkdir(parents=True)
    cfg.dump(folder / 'config.py')
    return folder / 'config.py'


def train(configs, ranks, launched):
    """Train each config by `train`, in processes that importing takes longer than; return the checkpoints' weights."""
    launch = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', str(ranks), '--no-python',
              sys.executable] if launched else []
    options = ['--launcher', 'pytorch'] if launched else []
    code = f'''if True:
        from advbn_seg.commands import main
        from advbn_seg.runtime import process_group
        leave, process_group.leave_process_group = process_group.leave_process_group, lambda: None  # one group for all
        for path in {list(map(str, configs))}:
            main(['train', path, *{options}])
        leave()'''
    done = subprocess.run([sys.executable, *launch, '-c', code], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'})
    assert done.returncode == 0, done.stderr
    return [torch.load(path.with_name('epoch_2.pth'), weights_only=False)['state_dict'] for path in configs]


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """{(number of processes, which step): weights}."""
    folder = tmp_path_factory.mktemp('ranks')
    return {(ranks, name): state for ranks in (1, 2) for name, state in zip(STEPS, train(
        [written(folder / f'{ranks}/{name}', ranks, norm, **options) for name, (norm, options) in STEPS.items()],
        ranks, launched=ranks > 1))}


@pytest.mark.ddp
@pytest.mark.parametrize('name', STEPS)
def test_two_processes_train_as_one(weights, name):
    """Also by batch norms, whose statistics are those of both."""
    one, two = weights[1, name], weights[2, name]
    assert any('.aux.' in key for key in one)
    torch.testing.assert_close(two, one, rtol=1e-4, atol=1e-5)


@pytest.mark.ddp
def test_coins_are_alike_in_processes_with_seeds_of_their_own(tmp_path):
    """ASA's scales are reduced over all processes, which would wait for one that does not perturb."""
    hook = dict(type='advbn_seg.hooks.ASAHook', layers=['backbone.layer1', 'backbone.layer2'])
    path = written(tmp_path / 'two', 2, 'BN', hook=hook, randomness=dict(seed=0, diff_rank_seed=True))
    train([path], 2, launched=True)


@pytest.mark.ddp
def test_a_launcher_of_one_process_changes_nothing(weights, tmp_path):
    """DistributedDataParallel wraps the model there, too, and waits for a gradient of each parameter."""
    launched, = train([written(tmp_path / 'launched', 1, 'BN')], 1, launched=True)
    torch.testing.assert_close(launched, weights[1, 'batch norms'], rtol=1e-4, atol=1e-5)

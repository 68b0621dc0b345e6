"""One of two processes of a training is killed, as by a machine that fails."""
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from tests.tiny import config

ROOT = Path(__file__).parents[2]


@HOOKS.register_module()
class KillSecondRank(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == 1 and get_rank() == 1:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.ddp
@pytest.mark.slow
def test_the_other_process_says_so_in_one_sentence(tmp_path):
    cfg = config(tmp_path / 'run', hooks=[dict(type='tests.runtime.test_killed_rank.KillSecondRank')],
                 custom_imports=dict(imports=['tests.tiny']))
    cfg.train_dataloader.batch_size = 1
    cfg.dump(tmp_path / 'config.py')
    done = subprocess.run([sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2',
                           ROOT / 'tools/train.py', tmp_path / 'config.py', '--launcher', 'pytorch'], cwd=ROOT,
                          capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': str(ROOT)})
    said = [line for line in done.stderr.splitlines() if line.startswith('error: ')]
    assert done.returncode and said == [
        'error: another process of this training has ended, and its own message says why; a training goes on from '
        'its last checkpoint with --resume'], done.stderr
    assert 'this is a bug of advbn_seg' not in done.stderr

"""One of two processes of a training is killed, as by a machine that fails."""
import os
import signal
import socket
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


def free_port():
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return str(found.getsockname()[1])


@pytest.mark.ddp
@pytest.mark.slow
def test_the_other_process_says_so_in_one_sentence(tmp_path):
    cfg = config(tmp_path / 'run', hooks=[dict(type='tests.runtime.test_killed_rank.KillSecondRank')],
                 custom_imports=dict(imports=['tests.tiny']))
    cfg.train_dataloader.batch_size = 1
    cfg.dump(tmp_path / 'config.py')
    # Without torchrun, which stops the other process, too, and may be the quicker one.
    together = {**os.environ, 'PYTHONPATH': str(ROOT), 'WORLD_SIZE': '2', 'MASTER_ADDR': '127.0.0.1',
                'MASTER_PORT': free_port()}
    first, second = (subprocess.Popen(
        [sys.executable, ROOT / 'tools/train.py', tmp_path / 'config.py', '--launcher', 'pytorch'], cwd=ROOT, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**together, 'RANK': rank, 'LOCAL_RANK': rank})
        for rank in '01')
    stderr = first.communicate()[1]
    second.communicate()
    assert second.returncode == -signal.SIGKILL
    assert first.returncode == 2 and [line for line in stderr.splitlines() if line.startswith('error: ')] == [
        'error: another process of this training has ended, and its own message says why; a training goes on from '
        'its last checkpoint with --resume'], stderr
    assert 'this is a bug of advbn_seg' not in stderr

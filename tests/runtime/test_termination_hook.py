import signal
import subprocess
from functools import partial

import pytest
from torch.utils.data import DataLoader

from advbn_seg.runtime.termination_hook import _survive
from tests.runtime.interrupted import At, terminate, train


def test_sigterm_ends_a_training_with_a_checkpoint(tmp_path, capfd):
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        train(tmp_path, 'epochs', At(4, terminate))
    assert ended.value.code == 143
    saved = tmp_path / 'interrupted.pth'
    out, err = capfd.readouterr()
    assert f'SIGTERM: the training has stopped after iteration 5 and is saved in {saved}' in out + err
    assert (tmp_path / 'last_checkpoint').read_text() == str(saved) and saved.is_file()
    signal.signal(signal.SIGTERM, handler)
    resumed = train(tmp_path)
    assert resumed.iter == 9 and resumed.epoch == 3
    assert signal.getsignal(signal.SIGTERM) == handler
    assert (tmp_path / 'last_checkpoint').read_text() == f'{tmp_path}/epoch_3.pth' and not saved.exists()


def test_workers_outlive_a_sigterm_that_is_not_their_training_s():
    loader = DataLoader(range(6), num_workers=1, prefetch_factor=1, worker_init_fn=partial(_survive, None))
    batches = iter(loader)
    next(batches)
    worker, = batches._workers
    subprocess.run(['kill', '-TERM', str(worker.pid)], check=True)
    assert [int(batch) for batch in batches] == [1, 2, 3, 4, 5]
    batches = iter(loader)
    next(batches)
    worker, = batches._workers
    worker.terminate()
    worker.join(30)
    assert worker.exitcode == 0

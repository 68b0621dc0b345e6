import os
import signal
import subprocess
from functools import partial

import pytest
import torch
from torch.utils.data import DataLoader

from advbn_seg.runtime.compare_runs import last_checkpoint
from advbn_seg.runtime.termination_hook import _survive
from tests.runtime.interrupted import At, terminate, train


def press_ctrl_c(runner):
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize('action, number, name', [(terminate, signal.SIGTERM, 'SIGTERM'),
                                                  (press_ctrl_c, signal.SIGINT, 'Ctrl-C')])
def test_a_signal_ends_a_training_with_a_checkpoint(tmp_path, capfd, action, number, name):
    handler = signal.getsignal(number)
    try:
        with pytest.raises(SystemExit) as ended:
            train(tmp_path, 'epochs', At(4, action))
        assert ended.value.code == 128 + number
    finally:
        signal.signal(number, handler)
    saved = tmp_path / 'interrupted.pth'
    out, err = capfd.readouterr()
    assert f'{name}: the training has stopped after iteration 5 and is saved in {saved}' in out + err
    assert (tmp_path / 'last_checkpoint').read_text() == str(saved) and saved.is_file()
    resumed = train(tmp_path)
    assert resumed.iter == 9 and resumed.epoch == 3
    assert signal.getsignal(number) == handler
    assert (tmp_path / 'last_checkpoint').read_text() == f'{tmp_path}/epoch_3.pth' and not saved.exists()


def test_a_second_ctrl_c_ends_a_training_at_once(tmp_path):
    handler = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path, 'epochs', At(4, press_ctrl_c), At(4, press_ctrl_c, 'after_train_iter'))
    finally:
        signal.signal(signal.SIGINT, handler)
    assert not (tmp_path / 'interrupted.pth').exists()


@pytest.mark.parametrize('loop', ['iterations', 'epochs'])
@pytest.mark.parametrize('save_last', [True, False])
def test_a_signal_in_the_last_iteration_loses_nothing(tmp_path, loop, save_last):
    """Nothing is left to train, so a checkpoint that counts iterations is not saved again."""
    handler = signal.getsignal(signal.SIGTERM)
    options = dict(checkpoint=dict(by_epoch=False, interval=5, save_last=save_last))
    whole = train(tmp_path / 'whole', loop, **options)
    cut = tmp_path / 'cut'
    try:
        with pytest.raises(SystemExit):
            train(cut, loop, At(8, terminate), **options)
    finally:
        signal.signal(signal.SIGTERM, handler)
    resumed = train(cut, loop, **options)
    assert resumed.iter == 9
    kept = last_checkpoint(cut)
    assert kept['meta']['iter'] == 9
    weights = whole.model.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in kept['state_dict'].items())
    assert train(cut, loop, **options).iter == 9 and (cut / 'interrupted.pth').exists()
    assert save_last == (cut / 'iter_9.pth').exists()


def test_workers_outlive_signals_that_are_not_their_training_s():
    loader = DataLoader(range(6), num_workers=1, prefetch_factor=1, worker_init_fn=partial(_survive, None))
    batches = iter(loader)
    next(batches)
    worker, = batches._workers
    for name in ('-TERM', '-INT'):
        subprocess.run(['kill', name, str(worker.pid)], check=True)
    assert [int(batch) for batch in batches] == [1, 2, 3, 4, 5]
    batches = iter(loader)
    next(batches)
    worker, = batches._workers
    worker.terminate()
    worker.join(30)
    assert worker.exitcode == 0

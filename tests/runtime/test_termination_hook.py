import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from advbn_seg.experiments.compare_runs import last_checkpoint
from tests.runtime.interrupted import At, Killed, kill, terminate, train

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def usual_handlers():
    """Another test's training may have ended by an error and left its own."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may have had it ignored


def press_ctrl_c(runner):
    signal.raise_signal(signal.SIGINT)  # to this thread, before it goes on


def close_terminal(runner):
    signal.raise_signal(signal.SIGHUP)


@pytest.mark.parametrize('action, number, name', [
    (terminate, signal.SIGTERM, 'SIGTERM'), (press_ctrl_c, signal.SIGINT, 'Ctrl-C'),
    (close_terminal, signal.SIGHUP, 'SIGHUP')])
def test_a_signal_ends_a_training_with_a_checkpoint(tmp_path, capfd, action, number, name):
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit) as ended:
        train(tmp_path, 'epochs', At(4, action))
    assert ended.value.code == 128 + number
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers
    saved = tmp_path / 'interrupted.pth'
    out, err = capfd.readouterr()
    assert f'{name}: the training has stopped after iteration 5 and is saved in {saved}' in out + err
    assert (tmp_path / 'last_checkpoint').read_text() == str(saved) and saved.is_file()
    resumed = train(tmp_path)
    assert resumed.iter == 9 and resumed.epoch == 3
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers
    assert (tmp_path / 'last_checkpoint').read_text() == f'{tmp_path}/epoch_3.pth' and not saved.exists()


def test_a_closed_terminal_does_not_end_a_training_under_nohup(tmp_path):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert train(tmp_path, 'epochs', At(4, close_terminal)).iter == 9
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_a_runner_that_was_stopped_trains_again(tmp_path):
    """As in a notebook, where Ctrl-C ends the cell and not the process."""
    stopped = []

    def stop(runner):
        if not stopped:
            stopped.append(runner)
            press_ctrl_c(runner)

    with pytest.raises(SystemExit):
        train(tmp_path, 'epochs', At(4, stop))
    runner, = stopped
    runner.train()
    assert runner.iter == 9


def test_another_thread_trains_without_signals(tmp_path):
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(train, tmp_path).result().iter == 9
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_after_a_training_that_an_error_has_ended_signals_do_what_they_did(tmp_path):
    with pytest.raises(Killed):
        train(tmp_path / 'failed', 'epochs', At(4, kill))
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c(None)
    with pytest.raises(Killed):
        train(tmp_path / 'failed_again', 'epochs', At(4, kill))
    train(tmp_path / 'well')
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c(None)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_second_ctrl_c_ends_a_training_at_once(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, 'epochs', At(4, press_ctrl_c), At(4, press_ctrl_c, 'after_train_iter'))
    assert not (tmp_path / 'interrupted.pth').exists()


@pytest.mark.parametrize('loop', ['iterations', 'epochs'])
@pytest.mark.parametrize('save_last', [True, False])
def test_a_signal_in_the_last_iteration_loses_nothing(tmp_path, loop, save_last):
    """Nothing is left to train, so a checkpoint that counts iterations is not saved again."""
    options = dict(checkpoint=dict(by_epoch=False, interval=5, save_last=save_last))
    whole = train(tmp_path / 'whole', loop, **options)
    cut = tmp_path / 'cut'
    with pytest.raises(SystemExit):
        train(cut, loop, At(8, terminate), **options)
    resumed = train(cut, loop, **options)
    assert resumed.iter == 9
    kept = last_checkpoint(cut)
    assert kept['meta']['iter'] == 9
    weights = whole.model.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in kept['state_dict'].items())
    assert train(cut, loop, **options).iter == 9 and (cut / 'interrupted.pth').exists()
    assert save_last == (cut / 'iter_9.pth').exists()

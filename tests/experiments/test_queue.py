"""Tasks start after those that they need; a failure or a stop ends all that runs, and says what failed."""
import os
import signal
import sys
import threading
import time

import pytest

from advbn_seg.errors import UserError
from advbn_seg.experiments.queue import Queue, last_line, terminated_like_interrupted

SLEEPS = 'import signal, sys, time; print("begun", flush=True); time.sleep(60)'


def need(task):
    return dict(b='a', c='b').get(task)


def test_tasks_wait_for_what_they_need():
    started = []
    assert sorted(Queue(4).each(['c', 'b', 'x', 'a'], started.append, need)) == ['a', 'b', 'c', 'x']
    assert started.index('a') < started.index('b') < started.index('c')
    assert list(Queue(1).each(['c'], started.append, need)) == ['c']  # which is done, as it is not among them


def test_no_more_run_at_a_time_than_asked():
    lock, running, most = threading.Lock(), [], []

    def work(task):
        with lock:
            running.append(task)
            most.append(len(running))
        time.sleep(0.01)
        with lock:
            running.remove(task)

    assert len(list(Queue(2).each(range(10), work, lambda task: None))) == 10
    assert max(most) == 2


@pytest.fixture(autouse=True)
def scripts(tmp_path, monkeypatch):
    """Commands are scripts here: NAME.py in a folder, in the place of `python -m advbn_seg NAME`."""
    monkeypatch.setattr('advbn_seg.experiments.queue.PYTHON', [sys.executable, '-c', (
        f'import runpy, sys; runpy.run_path({str(tmp_path)!r} + "/" + sys.argv[1] + ".py")')])


def script(tmp_path, name, text):
    (tmp_path / f'{name}.py').write_text(text)
    return [name]


def wait_for(path):
    while not (path.is_file() and path.read_text()):
        time.sleep(0.01)


def test_a_failure_stops_the_rest_and_is_told_by_its_last_line(tmp_path):
    queue, started = Queue(2), []
    fails = script(tmp_path, 'fails', 'import sys; print("first"); sys.exit("error: no data\\n")')
    sleeps = script(tmp_path, 'sleeps', SLEEPS)

    def work(task):
        started.append(task)
        if task == 1:
            wait_for(tmp_path / '0.log')
        queue.call(fails if task else sleeps, tmp_path / f'{task}.log')

    began = time.monotonic()
    with pytest.raises(UserError, match=r'advbn-seg fails failed: error: no data \(exit code 1; see .*1.log\)'):
        list(queue.each(range(100), work, lambda task: None))
    assert started == [0, 1] and time.monotonic() - began < 50  # the sleeping one was told to end


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_runs(tmp_path, number):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may have had it ignored
    queue = Queue(1)
    sleeps = script(tmp_path, 'sleeps', SLEEPS)

    def work(task):
        threading.Thread(target=stop).start()
        queue.call(sleeps, tmp_path / 'log')

    def stop():
        wait_for(tmp_path / 'log')
        os.kill(os.getpid(), number)

    with pytest.raises(KeyboardInterrupt), terminated_like_interrupted():
        list(queue.each([0, 1], work, lambda task: None))
    assert not queue._processes


def test_the_log_of_a_run_that_another_program_trains_stays(tmp_path):
    log = tmp_path / 'log'
    Queue(1).call(script(tmp_path, 'first', 'print("epoch 1")'), log)
    with pytest.raises(UserError, match='failed: error: another training'):
        Queue(1).call(script(tmp_path, 'second', 'import sys; sys.exit("error: another training")'), log)
    assert log.read_text() == 'epoch 1\nerror: another training\n'


def test_last_line(tmp_path):
    (tmp_path / 'log').write_bytes(b'one\n\xff two \n\n')
    assert last_line(tmp_path / 'log') == '\ufffd two'
    (tmp_path / 'log').write_bytes(b'')
    assert last_line(tmp_path / 'log') == 'it said nothing'


def test_a_command_has_its_share_of_the_cores_unless_the_user_says_otherwise(tmp_path, monkeypatch):
    command = script(tmp_path, 'show', "import os; print(os.environ['OMP_NUM_THREADS'])")
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(6)))
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    Queue(2).call(command, tmp_path / 'log')
    assert (tmp_path / 'log').read_text() == '3\n'
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    Queue(2).call(command, tmp_path / 'log')
    assert (tmp_path / 'log').read_text() == '3\n1\n'

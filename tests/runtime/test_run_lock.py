import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from advbn_seg.errors import UserError
from advbn_seg.runtime.command_line import is_first_process
from advbn_seg.runtime.run_lock import hold, one_writer, release
from tests.lab import Lab
from tests.runtime.interrupted import train

HOLDS = """
import os, sys, time
from advbn_seg.runtime.command_line import is_first_process
from advbn_seg.runtime.run_lock import hold
hold(sys.argv[1])
worker = os.fork()  # as a data loader does
if worker:
    print(worker, flush=True)
time.sleep(600)
"""


@pytest.fixture
def other(tmp_path):
    """A process that trains in tmp_path, and has a worker."""
    process = subprocess.Popen([sys.executable, '-c', HOLDS, tmp_path], stdout=subprocess.PIPE, text=True)
    process.worker = int(process.stdout.readline())
    yield process
    process.kill()
    os.kill(process.worker, signal.SIGKILL)


@pytest.mark.slow
def test_another_training_is_refused_until_it_is_killed_though_its_worker_lives(tmp_path, other):
    with pytest.raises(UserError) as refused:
        hold(tmp_path)
    assert re.fullmatch(
        fr'{tmp_path} is in use: process {other.pid} on {re.escape(socket.gethostname())}, since \d+-\d\d-\d\d '
        r'\d\d:\d\d:\d\d, writes there; wait for it or stop it, or choose another --work-dir', str(refused.value))
    other.kill()
    other.wait()
    os.kill(other.worker, 0)  # lives
    hold(tmp_path)
    assert str(os.getpid()) in (tmp_path / '.lock').read_text()
    release(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_process_may_hold_it_twice_and_gives_it_back_when_it_fails(tmp_path):
    with pytest.raises(KeyError), one_writer(tmp_path):
        hold(tmp_path)
        assert (tmp_path / '.lock').exists()
        raise KeyError
    assert not (tmp_path / '.lock').exists()
    release(tmp_path)


@pytest.mark.slow
def test_further_ranks_take_nothing(tmp_path, other, monkeypatch):
    for rank in ('1', '0'):
        monkeypatch.setenv('RANK', rank)
        assert is_first_process('pytorch') == (rank == '0') and is_first_process('none')
    with one_writer(tmp_path, first=False):
        pass
    with pytest.raises(UserError, match='is in use'), one_writer(tmp_path):
        pass
    assert (tmp_path / '.lock').exists()


MANY = """
import sys, time
from pathlib import Path
from advbn_seg.errors import UserError
from advbn_seg.runtime.command_line import is_first_process
from advbn_seg.runtime.run_lock import one_writer
folder, inside = Path(sys.argv[1]), Path(sys.argv[1]) / 'inside'
for _ in range(50):
    try:
        with one_writer(folder):
            inside.touch(exist_ok=False)
            inside.unlink()
            print('had', flush=True)
    except UserError:
        time.sleep(0.001)
"""


@pytest.mark.slow
def test_never_are_two_inside(tmp_path):
    """Though each removes the file of the lock that others may have open."""
    crowd = [subprocess.Popen([sys.executable, '-c', MANY, tmp_path], stdout=subprocess.PIPE, text=True)
             for _ in range(3)]
    said = [process.communicate()[0] for process in crowd]
    assert [process.returncode for process in crowd] == [0, 0, 0]
    assert all('had' in each for each in said)


@pytest.mark.slow
def test_the_hook_refuses_a_second_training_in_one_work_dir(tmp_path, other):
    with pytest.raises(UserError, match=f'is in use: process {other.pid} on'):
        train(tmp_path)
    assert not list(tmp_path.glob('*.pth'))
    other.kill()
    other.wait()
    train(tmp_path)
    assert (tmp_path / 'epoch_3.pth').exists() and not (tmp_path / '.lock').exists()


@pytest.mark.slow
def test_so_does_the_tool_and_changes_nothing(tmp_path, other):
    lab = Lab(tmp_path)
    lab.out = tmp_path
    before = lab.files()
    status, said = lab.start('train')
    assert status == 2 and re.fullmatch(f'error: {tmp_path} is in use: process {other.pid} on .*\n', said), said
    assert lab.files() == before

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from torch.utils.data import DataLoader, Dataset

from advbn_seg.errors import UserError
from advbn_seg.runtime.torch_errors import user_errors_of_torch
from advbn_seg.runtime.workers import PATIENCE, guard_workers

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


class Hanging(Dataset):
    """Reads a file that nobody writes."""

    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.path.read_bytes()


class CannotBeSent(Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return threading.Lock()


def first_batch(data, **options):
    loader = DataLoader(data, num_workers=1, collate_fn=list, **options)
    guard_workers(loader)
    with user_errors_of_torch():
        return next(iter(loader))


def test_workers_outlive_signals_that_are_not_their_training_s():
    loader = DataLoader(range(6), num_workers=1, prefetch_factor=1)
    guard_workers(loader)
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


def test_a_fifo_in_the_place_of_an_image_is_waited_for_a_bounded_time(tmp_path):
    os.mkfifo(tmp_path / 'image.png')
    with pytest.raises(UserError, match='no batch has come within 1 seconds.*FIFO.*train_dataloader.timeout'):
        first_batch(Hanging(tmp_path / 'image.png'), timeout=1)


def test_patience_is_for_loaders_with_workers_that_have_none_of_their_own():
    for workers, own, patience in ((1, 0, PATIENCE), (1, 5, 5), (0, 0, 0)):
        loader = DataLoader(range(2), num_workers=workers, timeout=own)
        guard_workers(loader)
        assert loader.timeout == patience and len(list(loader)) == 2


def test_a_batch_that_cannot_be_sent_ends_its_worker():
    with pytest.raises(UserError, match='a worker process of the data loader was killed'):
        first_batch(CannotBeSent())


SMALL_SHARED_MEMORY = '''
import torch
from torch.utils.data import DataLoader
from advbn_seg.runtime.one_sentence import errors_in_one_sentence
from advbn_seg.runtime.workers import guard_workers

loader = DataLoader(torch.zeros(4, 2 ** 18), num_workers=1, collate_fn={collate})
guard_workers(loader)
with errors_in_one_sentence():
    next(iter(loader))
'''


@pytest.mark.parametrize('collate', [None, 'list'])  # which allocates in the worker's loop, or where a batch is sent
def test_too_small_a_shared_memory_is_one_sentence(collate):
    """In a mount namespace of its own, where the machine lets this be made."""
    script = 'mount -t tmpfs -o size=64k tmpfs /dev/shm && "$@"'
    mounted = ['unshare', '--mount', '--map-root-user', 'sh', '-c', script, '-']
    if shutil.which('unshare') is None or subprocess.run([*mounted, 'true'], capture_output=True).returncode:
        pytest.skip('this machine does not let a /dev/shm of its own be mounted')
    done = subprocess.run([*mounted, sys.executable, '-c', SMALL_SHARED_MEMORY.format(collate=collate)], cwd=ROOT,
                          capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': str(ROOT)})
    assert done.returncode == 2
    assert 'error: the shared memory (/dev/shm) is too small for the batches' in done.stderr.splitlines()[-1]

import errno
import resource

import pytest
from mmengine.fileio import LocalBackend

from advbn_seg.runtime import atomic_io
from advbn_seg.runtime.compare_runs import last_checkpoint
from tests.runtime.interrupted import At, Killed, kill, train


def names(folder, pattern='*.pth'):
    return sorted(path.name for path in folder.glob(pattern))


def points_to(folder):
    return (folder / 'last_checkpoint').read_text()


def limit_files(size):
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def test_a_checkpoint_that_does_not_fit_on_the_disk_leaves_the_one_before(tmp_path):
    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    keep_one = dict(max_keep_ckpts=1)
    try:
        with pytest.raises(OSError, match=r'epoch_2\.pth could not be written: File too large; .* are intact'):
            train(tmp_path, 'epochs', At(4, lambda runner: limit_files(100_000)), checkpoint=keep_one)
    finally:
        limit_files(soft)
    assert points_to(tmp_path) == f'{tmp_path}/epoch_1.pth'
    assert last_checkpoint(tmp_path)['meta']['epoch'] == 1
    assert not list(tmp_path.glob('.*'))
    train(tmp_path, checkpoint=keep_one)
    assert names(tmp_path) == ['epoch_3.pth'] and points_to(tmp_path) == f'{tmp_path}/epoch_3.pth'


def test_a_file_is_replaced_at_once_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / 'file'
    atomic_io.write_durably(file, b'old')

    def full(_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(atomic_io.os, 'fsync', full)
    with pytest.raises(OSError, match='file could not be written: No space left on device'):
        atomic_io.write_durably(file, b'new')
    assert file.read_bytes() == b'old' and list(tmp_path.iterdir()) == [file]


def test_the_best_checkpoint_goes_after_a_better_one_is_saved(tmp_path, monkeypatch):
    removed = []
    remove = LocalBackend.remove

    def watched(self, path):
        removed.append(names(tmp_path))
        remove(self, path)

    monkeypatch.setattr(LocalBackend, 'remove', watched)
    train(tmp_path, checkpoint=dict(save_best='mIoU'))
    assert removed  # or the training did not improve, and this test needs another
    for there in removed:
        assert len([name for name in there if name.startswith('best')]) == 2
    assert len(names(tmp_path, 'best*')) == 1 and not names(tmp_path, '.*')


def test_a_kill_between_saving_and_removing_leaves_nothing_behind(tmp_path, monkeypatch):
    keep_one = dict(max_keep_ckpts=1)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(LocalBackend, 'remove', lambda self, path: kill(None))
        train(tmp_path, checkpoint=keep_one)
    assert names(tmp_path) == ['epoch_1.pth', 'epoch_2.pth'] and points_to(tmp_path) == f'{tmp_path}/epoch_2.pth'
    train(tmp_path, checkpoint=keep_one)
    assert names(tmp_path) == ['epoch_3.pth']

import resource

import pytest
import torch
from mmengine.fileio import LocalBackend

from advbn_seg.errors import UserError
from advbn_seg.experiments.compare_runs import last_checkpoint
from advbn_seg.runtime.safe_checkpoint_hook import SafeCheckpointHook
from tests.lab import Lab
from tests.runtime.interrupted import At, Killed, kill, train

pytestmark = pytest.mark.slow


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
    assert not list(tmp_path.glob('.*.part'))
    train(tmp_path, checkpoint=keep_one)
    assert names(tmp_path) == ['epoch_3.pth'] and points_to(tmp_path) == f'{tmp_path}/epoch_3.pth'


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


def test_a_new_training_in_a_used_folder_does_not_go_on_from_the_old_one(tmp_path):
    other = dict(randomness=dict(seed=1))
    train(tmp_path / 'used')
    with pytest.raises(Killed):
        train(tmp_path / 'used', 'epochs', At(1, kill), resume=False, **other)
    train(tmp_path / 'used', **other)
    train(tmp_path / 'clean', **other)
    used, clean = (last_checkpoint(tmp_path / name)['state_dict'] for name in ('used', 'clean'))
    torch.testing.assert_close(used, clean, rtol=0, atol=0)


# Forged checkpoints

BEST = dict(save_best='mIoU', max_keep_ckpts=1)


def forge(path, info):
    """Have a checkpoint say something else of the run's other checkpoints."""
    checkpoint = torch.load(path, weights_only=False)
    checkpoint['message_hub']['runtime_info'].update(info)
    checkpoint['message_hub']['resumed_keys'].update(dict.fromkeys(info, True))
    torch.save(checkpoint, path)


def victims(folder):
    """Files and a folder that are not the run's."""
    folder.mkdir()
    for name in ('best_mIoU_epoch_1.pth', 'epoch_1.pth', 'thesis.tex'):
        (folder / name).write_text('mine')
    (folder / 'best_mIoU_epoch_2.pth').mkdir()
    return folder, sorted(folder.rglob('*'))


@pytest.mark.parametrize('name', ['best_mIoU_epoch_1.pth', 'best_mIoU_epoch_2.pth', 'thesis.tex'])
def test_train_resume_removes_nothing_outside_its_work_dir(tmp_path, name):
    folder, before = victims(tmp_path / 'victims')
    (tmp_path / 'lab').mkdir()
    lab = Lab(tmp_path / 'lab')
    changes = [f'default_hooks.checkpoint.{key}={value}' for key, value in dict(type='CheckpointHook', **BEST).items()]
    assert lab.start('train', '--cfg-options', *changes)[0] == 0
    forge(lab.out / 'epoch_1.pth', dict(
        best_ckpt=str(folder / name), best_score=-1., last_ckpt=str(folder / 'epoch_1.pth'),
        keep_ckpt_ids=['/../../victims/', f'1.pth/../../victims/{name}', 1]))
    status, said = lab.start('train', '--resume', '--cfg-options', 'train_cfg.max_epochs=2', *changes)
    assert status == 0, said
    assert sorted(folder.rglob('*')) == before and (folder / 'epoch_1.pth').read_text() == 'mine'
    assert names(lab.out, 'epoch*') == ['epoch_2.pth']  # its own outdated one is removed


@pytest.mark.parametrize('info', [
    dict(best_ckpt='{out}/20260101'), dict(best_ckpt='{out}/notes.txt'), dict(best_ckpt='{out}/epoch_7.pth'),
    dict(best_ckpt='{out}/link/best_mIoU_epoch_1.pth'), dict(best_ckpt=['a']), dict(best_ckpt=5), dict(best_ckpt='..'),
    dict(best_ckpt='{outside}/..'),
    dict(keep_ckpt_ids='123'), dict(keep_ckpt_ids=[True, -1, 1.5, None, '7', [7], 10 ** 400]), dict(keep_ckpt_ids={}),
    dict(last_ckpt='{outside}/epoch_1.pth'), dict(last_ckpt=torch.ones(2)), {'best_ckpt_': 'x'}], ids=str)
def test_a_run_removes_only_what_it_names_itself(tmp_path, monkeypatch, info):
    out, (outside, _) = tmp_path / 'out', victims(tmp_path / 'outside')
    with pytest.raises(Killed):
        train(out, 'epochs', At(3, kill), checkpoint=dict(BEST, max_keep_ckpts=3))
    (outside / 'current').mkdir()
    monkeypatch.chdir(outside / 'current')  # so that '..' would harm nobody but this test
    before = sorted(outside.rglob('*'))
    (out / 'link').symlink_to(outside)
    (out / 'notes.txt').write_text('mine')
    (out / 'epoch_7.pth').write_text('mine')
    (out / '20260101').mkdir()
    forged = {key: value.format(out=out, outside=outside) if isinstance(value, str) else value
              for key, value in info.items()}
    forge(out / 'epoch_1.pth', {'best_score': -1., **forged})
    train(out, 'epochs', checkpoint=dict(BEST, max_keep_ckpts=3))
    assert sorted(outside.rglob('*')) == before
    assert {'link', 'notes.txt', 'epoch_7.pth', '20260101'} <= {path.name for path in out.iterdir()}


def test_a_moved_run_still_removes_its_old_best(tmp_path):
    with pytest.raises(Killed):
        train(tmp_path / 'a', 'epochs', At(3, kill), checkpoint=BEST)
    forge(tmp_path / 'a/epoch_1.pth', dict(best_score=-1.))
    (tmp_path / 'a').rename(tmp_path / 'b')
    (tmp_path / 'b/last_checkpoint').write_text(str(tmp_path / 'b/epoch_1.pth'))
    train(tmp_path / 'b', checkpoint=BEST)
    assert len(names(tmp_path / 'b', 'best*')) == 1 and names(tmp_path / 'b', 'epoch*') == ['epoch_3.pth']


@pytest.mark.parametrize('template', [
    '../epoch_{}.pth', '/tmp/{}.pth', 'a/{}.pth', 'latest.pth', '{epoch}.pth', '{}_{}'])
def test_the_name_of_a_checkpoint_is_no_path_and_has_a_place_for_a_number(template):
    """By `latest.pth` and max_keep_ckpts=1, the file that was just written would go as the older one."""
    with pytest.raises(UserError, match='filename_tmpl is .* with a place for the number of the epoch was expected'):
        SafeCheckpointHook(filename_tmpl=template)


def test_a_metric_that_validation_does_not_give(tmp_path):
    with pytest.raises(UserError, match="save_best='mIou', but validation gives aAcc, mIoU, mAcc: choose one"):
        train(tmp_path, checkpoint=dict(save_best='mIou', rule='greater'))


def test_checkpoints_that_are_folders_are_removed_too(tmp_path):
    """As DeepSpeed's are."""
    def to_folders(runner):
        for path in tmp_path.glob('*_1.pth'):
            path.unlink()
            path.mkdir()
            (path / 'shard').write_text('')

        runner.message_hub.update_info('best_score', -1.)

    train(tmp_path, 'epochs', At(3, to_folders), checkpoint=BEST)
    assert names(tmp_path, 'epoch*') == ['epoch_3.pth'] and len(names(tmp_path, 'best*')) == 1
    assert not names(tmp_path, '*_1.pth')

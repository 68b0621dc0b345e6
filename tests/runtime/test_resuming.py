import shutil
from unittest.mock import patch

import pytest
from mmengine.config import Config

from advbn_seg.errors import UserError
from advbn_seg.runtime.compat.runner import is_resuming, named_checkpoint
from advbn_seg.runtime.resuming import check_work_dir, own_checkpoint, resume_own_run
from tests.runtime.interrupted import At, Killed, kill, train
from tests.tiny import runner


def test_a_run_goes_on_from_its_own_checkpoint_rather_than_the_baseline(tmp_path):
    told = []

    def goes_on_from(load_from):
        run = runner(tmp_path / 'run', load_from=str(load_from), resume=True)
        with patch.object(run.logger, 'info', told.append):
            resume_own_run(run)
        return is_resuming(run), named_checkpoint(run)

    baseline, own = tmp_path / 'baseline.pth', tmp_path / 'run/epoch_1.pth'
    assert goes_on_from(baseline) == (False, str(baseline))
    assert told[-1] == f'This run has no checkpoint yet: it starts from the weights of {baseline}.'
    own.touch()
    (tmp_path / 'run/last_checkpoint').write_text(str(own))
    assert goes_on_from(baseline) == (True, str(own))
    assert goes_on_from(tmp_path / 'run/epoch_0.pth') == (True, str(tmp_path / 'run/epoch_0.pth'))  # as was asked for


def test_a_work_dir_that_was_moved_resumes(tmp_path):
    with pytest.raises(Killed):
        train(tmp_path / 'old', 'iterations', At(5, kill))
    assert (tmp_path / 'old/last_checkpoint').read_text() == f'{tmp_path}/old/iter_4.pth'
    shutil.move(tmp_path / 'old', tmp_path / 'new')
    began = []
    moved = train(tmp_path / 'new', 'iterations', At(4, lambda runner: began.append(runner.iter)))
    assert began and moved.iter == 9 and not (tmp_path / 'old').exists()
    assert own_checkpoint(tmp_path / 'new') == f'{tmp_path}/new/iter_9.pth'


def test_a_copy_goes_on_from_its_own_files(tmp_path):
    (tmp_path / 'old').mkdir()
    (tmp_path / 'old/iter_3.pth').touch()
    (tmp_path / 'old/last_checkpoint').write_text(str(tmp_path / 'old/iter_3.pth'))
    shutil.copytree(tmp_path / 'old', tmp_path / 'new')
    assert own_checkpoint(tmp_path / 'new') == str(tmp_path / 'new/iter_3.pth')


def test_a_checkpoint_in_a_folder_of_its_own_goes_before_an_older_one_beside(tmp_path):
    """The work dir was used before; now `checkpoint.out_dir` is another disk."""
    for folder in ('run', 'disk/run'):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / 'epoch_1.pth').touch()
    (tmp_path / 'run/last_checkpoint').write_text(str(tmp_path / 'disk/run/epoch_1.pth'))
    assert own_checkpoint(tmp_path / 'run') == str(tmp_path / 'disk/run/epoch_1.pth')


def test_a_checkpoint_whose_name_has_no_suffix(tmp_path):
    (tmp_path / 'epoch_1').touch()
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_1'))
    assert own_checkpoint(tmp_path) == str(tmp_path / 'epoch_1')


@pytest.mark.parametrize('named', ['nowhere/iter_3.pth', '', '/', '\0', '..'])
def test_a_pointer_to_nothing_is_one_sentence(tmp_path, named):
    (tmp_path / 'last_checkpoint').write_text(named)
    with pytest.raises(UserError, match='last_checkpoint names the checkpoint .* or remove the file to begin anew$'):
        own_checkpoint(tmp_path)


def test_a_remote_checkpoint_is_left_to_mmengine(tmp_path):
    (tmp_path / 'last_checkpoint').write_text('s3://bucket/iter_3.pth\n')
    assert own_checkpoint(tmp_path) == 's3://bucket/iter_3.pth'


def test_checkpoints_of_another_config_are_left_alone(tmp_path):
    own = Config(dict(work_dir=str(tmp_path)), cfg_text='...', filename='configs/own.py')
    (tmp_path / 'old.yaml').write_text('{model: {}, train_dataloader: {}}')
    (tmp_path / 'run.json').write_text('{"model": "fcn"}')
    (tmp_path / 'damaged.json').write_text('{')
    check_work_dir(own)  # as nothing was trained yet
    (tmp_path / 'last_checkpoint').write_text('epoch_1.pth')
    with pytest.raises(UserError, match='has the training of old.yaml, .*, rename old.yaml there to own.py$'):
        check_work_dir(own)
    (tmp_path / 'old.yaml').rename(tmp_path / 'own.py')  # as it says
    check_work_dir(own)

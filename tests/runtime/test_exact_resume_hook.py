import copy

import pytest

from advbn_seg.experiments.compare_runs import differences, last_checkpoint, log
from tests.runtime.interrupted import At, Killed, kill, terminate, train

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def alone(tmp_path_factory):
    """The work dir of a training that is not interrupted, by its kind of loop."""
    folders = {}

    def of(loop):
        if loop not in folders:
            folders[loop] = tmp_path_factory.mktemp(loop)
            train(folders[loop], loop)
        return folders[loop]

    return of


@pytest.mark.parametrize('workers', [0, 2])
@pytest.mark.parametrize('loop', ['epochs', 'iterations'])
def test_an_interrupted_training_ends_as_one_that_was_not(tmp_path, alone, loop, workers):
    with pytest.raises(SystemExit):
        train(tmp_path, loop, At(3, terminate), workers=workers)  # in the middle of an epoch
    with pytest.raises(Killed):
        train(tmp_path, loop, At(7, kill), workers=workers)
    train(tmp_path, loop, workers=workers)
    assert differences(alone(loop), tmp_path) == []  # which had no workers
    assert {'train 2', 'train 8', 'val 3' if loop == 'epochs' else 'val 9'} <= set(log(tmp_path))


def test_gradients_that_were_being_accumulated_survive(tmp_path):
    optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9), accumulative_counts=3)
    train(tmp_path / 'alone', 'iterations', optim_wrapper=copy.deepcopy(optim_wrapper))
    with pytest.raises(SystemExit):
        train(tmp_path / 'cut', 'iterations', At(4, terminate), optim_wrapper=copy.deepcopy(optim_wrapper))
    assert last_checkpoint(tmp_path / 'cut')['exact_resume']['ranks'][0]['gradients']
    train(tmp_path / 'cut', 'iterations', optim_wrapper=optim_wrapper)
    assert differences(tmp_path / 'alone', tmp_path / 'cut') == []


def test_an_order_that_was_drawn_is_kept(tmp_path):
    with pytest.raises(Killed):
        train(tmp_path, 'epochs', At(3, kill), randomness=dict(seed=None))
    drawn = last_checkpoint(tmp_path)['exact_resume']['sampler_seed']
    resumed = train(tmp_path, 'epochs', randomness=dict(seed=None))
    assert resumed.train_dataloader.sampler.seed == drawn == resumed.seed


@pytest.mark.parametrize('loop', ['epochs', 'iterations'])
def test_a_validation_that_was_cut_is_run(tmp_path, loop):
    checkpoint = dict(save_best='mIoU', interval=1 if loop == 'epochs' else 3)
    with pytest.raises(Killed):
        train(tmp_path, loop, At(9, kill, 'before_val_iter'), checkpoint=checkpoint)
    assert len([name for name in log(tmp_path) if name.startswith('val')]) == 2
    train(tmp_path, loop, checkpoint=checkpoint)
    assert len([name for name in log(tmp_path) if name.startswith('val')]) == 3
    assert len(list(tmp_path.glob('best_mIoU_*.pth'))) == 1


def test_a_validation_that_was_run_is_not_run_again(tmp_path):
    validated = []
    watch = At(9, lambda runner: validated.append(runner.iter), 'before_val')
    train(tmp_path, 'epochs', watch)
    assert validated == [9]
    train(tmp_path, 'epochs', watch)
    assert validated == [9]
    (tmp_path / 'last_validation').unlink()  # as if it had been cut
    train(tmp_path, 'epochs', watch)
    assert validated == [9, 9]


def test_the_validation_of_an_earlier_training_in_the_folder_does_not_count(tmp_path):
    train(tmp_path)
    before = len(list(tmp_path.glob('*/vis_data')))
    with pytest.raises(Killed):
        train(tmp_path, 'epochs', At(9, kill, 'before_val_iter'), resume=False)
    train(tmp_path)
    *_, resumed = sorted(tmp_path.glob('*/vis_data/scalars.json'))
    assert before == 1 and 'mIoU' in resumed.read_text()

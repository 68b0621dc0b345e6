import pytest

from advbn_seg.runtime.dumped_config import config_of_the_checkpoint


def train(work_dir, text, checkpoint='', error=None, name='own.py', first=True):
    with config_of_the_checkpoint(work_dir, name, first):
        (work_dir / name).write_text(text)
        if checkpoint:
            (work_dir / checkpoint).write_text(text)
            (work_dir / 'last_checkpoint').write_text(checkpoint)
        if error:
            raise error


@pytest.mark.parametrize('error', [ValueError(), KeyboardInterrupt()])
def test_a_training_that_fails_before_its_first_checkpoint_leaves_the_config_that_was_there(tmp_path, error):
    train(tmp_path, 'seed 0', 'epoch_1.pth')
    for name in ('own.py', 'other.py'):
        with pytest.raises(type(error)):
            train(tmp_path, 'seed 7', error=error, name=name)
    assert (tmp_path / 'own.py').read_text() == 'seed 0' and not (tmp_path / 'other.py').exists()


def test_a_checkpoint_keeps_the_config_that_it_was_trained_with(tmp_path):
    train(tmp_path, 'seed 0', 'epoch_1.pth')
    with pytest.raises(ValueError):
        train(tmp_path, 'seed 7', 'epoch_2.pth', ValueError())
    assert (tmp_path / 'own.py').read_text() == 'seed 7'


def test_a_work_dir_without_a_checkpoint_keeps_the_last_config(tmp_path):
    for left in ('', 'gone.pth'):
        (tmp_path / 'last_checkpoint').write_text(left) if left else None
        with pytest.raises(ValueError):
            train(tmp_path, f'after {left}', error=ValueError())
        assert (tmp_path / 'own.py').read_text() == f'after {left}'


def test_one_process_of_several_looks_after_the_config(tmp_path):
    train(tmp_path, 'seed 0', 'epoch_1.pth')
    with pytest.raises(ValueError):
        train(tmp_path, 'seed 7', error=ValueError(), first=False)
    assert (tmp_path / 'own.py').read_text() == 'seed 7'

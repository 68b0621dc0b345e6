import pytest
import torch

from advbn_seg.errors import Diverged
from advbn_seg.hooks import FiniteLossHook
from tests.runtime.interrupted import At, train


def spoil(runner):
    runner.model.decode_head.conv_seg.weight.data[0] = torch.nan


def test_a_loss_that_is_not_finite_ends_a_training(tmp_path):
    with pytest.raises(Diverged, match=rf'^decode\.loss_ce is nan in iteration 5; the last good checkpoint '
                                         rf'is {tmp_path}/iter_4\.pth$'):
        train(tmp_path, 'iterations', At(4, spoil), checkpoint=dict(interval=1), hooks=())
    assert (tmp_path / 'last_checkpoint').read_text() == f'{tmp_path}/iter_4.pth'
    assert not (tmp_path / 'iter_5.pth').exists()
    weights = torch.load(tmp_path / 'iter_4.pth', weights_only=False)['state_dict']
    assert all(value.isfinite().all() for value in weights.values())


def test_parameters_that_are_not_finite_are_not_saved(tmp_path):
    with pytest.raises(Diverged, match=r'^parameter decode_head\.conv_seg\.weight is not finite after iteration 1, '
                                         r'so no checkpoint was saved; there is no checkpoint before it$'):
        train(tmp_path, 'iterations', At(0, spoil, 'after_train_iter'), checkpoint=dict(interval=1))
    assert not list(tmp_path.glob('*.pth'))


def test_other_outputs_may_be_what_they_are(tmp_path):
    class Stand:
        iter, work_dir = 0, str(tmp_path)

    FiniteLossHook().after_train_iter(Stand, 0, outputs={'loss': torch.tensor(1.), 'acc': torch.tensor(torch.nan)})
    with pytest.raises(ValueError, match='^loss is inf in iteration 1; there is no checkpoint before it$'):
        FiniteLossHook().after_train_iter(Stand, 0, outputs={'loss': torch.tensor(torch.inf)})

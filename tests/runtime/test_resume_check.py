"""What --resume accepts: each checkpoint is resumed from by a real training."""
import copy

import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.experiments.compare_runs import last_checkpoint
from advbn_seg.runtime.checkpoint_fit import CheckpointFitHook
from advbn_seg.runtime.resume_check import ResumeCheckHook
from tests import tiny
from tests.runtime.interrupted import At, Killed, kill, train

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def interrupted(tmp_path_factory):
    """A checkpoint after iteration 4 of 9."""
    folder = tmp_path_factory.mktemp('interrupted')
    with pytest.raises(Killed):
        train(folder, 'iterations', At(4, kill))
    return torch.load(folder / 'iter_4.pth', weights_only=False)


def resume(folder, checkpoint, **options):
    torch.save(checkpoint, folder / 'iter_4.pth')
    (folder / 'last_checkpoint').write_text('iter_4.pth')
    return train(folder, 'iterations', CheckpointFitHook(), ResumeCheckHook(**options))


def changed(checkpoint, path, value):
    """A copy of a checkpoint with another value at a path such as 'meta.iter'; without that entry for `...`."""
    checkpoint = copy.deepcopy(checkpoint)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split('.')]
    inside = checkpoint
    for part in parents:
        inside = inside[part]
    if value is ...:
        del inside[last]
    else:
        inside[last] = value
    return checkpoint


MISSING = [
    ('optimizer', 'it lacks the state of optimizer;'),
    ('param_schedulers', 'it lacks the state of param_schedulers;'),
    ('advbn', 'it lacks the state of advbn;'),
    ('exact_resume', 'it lacks the state of exact_resume;')]
BROKEN = [
    ('meta', ..., 'it holds weights only'),
    ('meta', [], 'it holds weights only'),
    ('message_hub', ..., 'it holds weights only'),
    ('meta.iter', ..., 'meta.iter is None, but a number from 0'),
    ('meta.iter', 'four', "meta.iter is 'four'"),
    ('meta.iter', -1, 'meta.iter is -1'),
    ('meta.iter', 4.5, 'meta.iter is 4.5'),
    ('meta.epoch', True, 'meta.epoch is True'),
    ('meta.seed', 'x', "meta.seed is 'x'"),
    ('message_hub', [], 'message_hub is a list, but a dict'),
    ('message_hub.log_scalars', ..., 'message_hub lacks log_scalars'),
    ('message_hub.runtime_info', [], 'message_hub.runtime_info is a list'),
    ('optimizer', [], 'optimizer is a list, but a dict'),
    ('optimizer.param_groups', ..., 'optimizer lacks param_groups'),
    ('optimizer.param_groups', [], r'optimizer.param_groups has 0 entries, but \d were'),
    ('optimizer.param_groups.0.params', [0, 1], r'optimizer.param_groups.0.params has 2 entries, but \d+ were'),
    ('optimizer.param_groups.0.lr', 'x', "optimizer.param_groups.0.lr is 'x'"),
    ('optimizer.state', [], 'optimizer.state is a list'),
    ('optimizer.state.3', dict(momentum_buffer=torch.ones(7)), 'optimizer.state.3.momentum_buffer has not the shape'),
    ('param_schedulers', {}, 'param_schedulers is a dict, but a list'),
    ('param_schedulers', [], 'param_schedulers has 0 entries, but 1 were'),
    ('param_schedulers.0.last_step', ..., 'param_schedulers.0 lacks last_step'),
    ('param_schedulers.0.last_step', 'x', "param_schedulers.0.last_step is 'x'"),
    ('advbn', [], 'advbn is a list'),
    ('advbn.batches', ..., 'advbn lacks batches'),
    ('exact_resume', [], 'exact_resume is a list'),
    ('exact_resume.batches_done', 'x', "exact_resume.batches_done is 'x'"),
    ('exact_resume.ranks', None, 'exact_resume.ranks is a NoneType'),
    ('exact_resume.ranks', [[]], 'exact_resume.ranks.0 is a list'),
    ('exact_resume.ranks', [dict(buffers={}, gradients={'decode_head.conv_seg.bias': torch.ones(7)})],
     'exact_resume.ranks.0.gradients.decode_head.conv_seg.bias is no tensor of the shape')]


@pytest.mark.parametrize('key, says', MISSING)
def test_what_is_missing_is_named_and_resumed_only_if_asked(tmp_path, interrupted, key, says):
    lacking = changed(interrupted, key, ...)
    with pytest.raises(UserError, match=rf'^checkpoint {tmp_path}/iter_4.pth cannot be resumed from: {says}.* or add '
                                        '--resume-anyway'):
        resume(tmp_path, lacking)
    assert resume(tmp_path, lacking, anyway=True).iter == 9


def test_an_iteration_beyond_the_end_is_refused(tmp_path, interrupted):
    beyond = changed(interrupted, 'meta.iter', 10 ** 9)
    with pytest.raises(UserError, match='it is of iteration 1000000000, but this training ends at 9; .*anyway'):
        resume(tmp_path, beyond)


@pytest.mark.parametrize('path, value, says', BROKEN)
def test_what_is_broken_is_one_sentence(tmp_path, interrupted, path, value, says):
    with pytest.raises(UserError, match=f'^checkpoint {tmp_path}/iter_4.pth cannot be resumed from: {says}'):
        resume(tmp_path, changed(interrupted, path, value), anyway=True)


def test_a_whole_one_resumes(tmp_path, interrupted):
    assert resume(tmp_path, interrupted).iter == 9
    assert last_checkpoint(tmp_path)['meta']['iter'] == 9


def test_weights_alone_may_still_be_loaded(tmp_path, interrupted):
    torch.save(dict(state_dict=interrupted['state_dict']), tmp_path / 'baseline.pth')
    hooks = CheckpointFitHook(), ResumeCheckHook()
    assert train(tmp_path / 'run', 'iterations', *hooks, load_from=str(tmp_path / 'baseline.pth')).iter == 9


@pytest.mark.parametrize('state', [dict(perturbations=[dict()]), dict(perturbations=3), dict(ranks=[4])])
def test_a_forged_state_of_the_method(interrupted, tmp_path, state):
    with pytest.raises(UserError, match="entry 'advbn' is not the state of this method"):
        resume(tmp_path, {**interrupted, 'advbn': dict(interrupted['advbn'], **state)})


def test_an_optimiser_of_several_groups_resumes(tmp_path):
    """mmengine's wrapper has one more group than it saves."""
    wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.1),
                   paramwise_cfg=dict(norm_decay_mult=0))
    tiny.runner(tmp_path, epochs=1, optim_wrapper=wrapper).train()
    resumed = tiny.runner(tmp_path, epochs=2, optim_wrapper=wrapper, resume=True)
    resumed.register_hook(ResumeCheckHook(anyway=True))  # of a plain training, which keeps no exact_resume
    resumed.train()
    assert len(resumed.optim_wrapper.optimizer.param_groups) > 1 and resumed.iter == 4

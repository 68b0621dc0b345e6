import pytest
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.hooks import Hook

from advbn_seg.runtime.compat import loops
from advbn_seg.runtime.compat.loaders import replace_batch_sampler
from tests.runtime.compat.assumptions import assumption
from tests.tiny import runner

BY_ITERATION = dict(type='IterBasedTrainLoop', max_iters=5, val_interval=2)
BY_EPOCH = dict(type='EpochBasedTrainLoop', max_epochs=3, val_interval=2)  # of two iterations


class Watch(Hook):
    """Keeps which batches hooks were told of, and after which iterations the loop validated and should have."""

    def __init__(self, first=None):
        self.first, self.told, self.validated, self.due = first, [], [], set()

    def before_train_epoch(self, runner):
        self._look(runner)
        if self.first is not None:
            loops.count_batches_from(runner.train_loop, self.first)

    def after_train_epoch(self, runner):
        loops.count_batches_from_zero(runner.train_loop)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.told.append(batch_idx)
        if loops.counts_iterations(runner.train_loop):
            self._look(runner)

    def before_val(self, runner):
        self.validated.append(runner.iter)
        self._look(runner)

    def after_train(self, runner):
        self._look(runner)

    def _look(self, runner):
        if loops.validation_is_due(runner.train_loop):
            self.due.add(runner.iter)


def watched(folder, train_cfg, **options):
    run, watch = runner(folder, train_cfg=train_cfg), Watch(**options)
    run.register_hook(watch)
    run.train()
    return watch


def test_batches_are_counted_from_anywhere(tmp_path):
    with assumption('onedl-mmengine', 'loops.py', 'run_epoch calls self.run_iter(idx, data_batch) for each batch, and '
                    'run_iter gives idx to the hooks as batch_idx'):
        assert watched(tmp_path, BY_EPOCH, first=7).told == [7, 8] * 3


@pytest.mark.slow
@pytest.mark.parametrize('train_cfg, validated', [(BY_ITERATION, [2, 4, 5]), (BY_EPOCH, [4, 6])])
def test_when_loops_validate(tmp_path, train_cfg, validated):
    with assumption('onedl-mmengine', 'loops.py', 'a loop validates where val_begin, val_interval and its end say so'):
        watch = watched(tmp_path, train_cfg)
        assert watch.validated == validated and watch.due == set(validated)


def test_which_loops_draw_what_was_trained(tmp_path):
    with assumption('onedl-mmengine', 'loops.py', 'a resumed IterBasedTrainLoop skips by sampler.skip where there is '
                    'one, as of an InfiniteSampler, and draws batch by batch where there is none'):
        assert hasattr(InfiniteSampler, 'skip') and not hasattr(DefaultSampler, 'skip')
        loop = runner(tmp_path).build_train_loop(dict(BY_ITERATION))
        assert loops.counts_iterations(loop) and loops.draws_what_is_done(loop)
        batches = iter([[0, 1], [2, 3], [0, 2]])
        replace_batch_sampler(loop.dataloader, batches)
        loop.dataloader_iterator.skip_iter(2)
        assert list(batches) == [[0, 2]]


def test_a_resumed_loop_validates_by_its_later_intervals(tmp_path):
    run = runner(tmp_path, train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=3, val_interval=3,
                                          dynamic_intervals=[(3, 1)]))  # for the third, and after the second
    run.train()
    loop = run.train_loop
    for epoch, due in ((1, False), (2, True)):
        loop._epoch, loop.val_interval = epoch, 3  # as resuming leaves them
        assert loops.validation_is_due(loop) == due

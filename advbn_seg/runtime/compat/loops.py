"""mmengine's training loops: where they are, and where they go on after a resumption."""
from mmengine.runner import IterBasedTrainLoop


def counts_iterations(loop):
    """Return whether a loop knows iterations only, and no epochs."""
    return isinstance(loop, IterBasedTrainLoop)


def draws_what_is_done(loop):
    """Return whether a resumed loop draws all batches already trained from its loader, before it goes on.

    An `IterBasedTrainLoop` does, unless its sampler can skip them.
    """
    return counts_iterations(loop) and not hasattr(loop.dataloader.sampler, 'skip')


def validation_is_due(loop):
    """Return whether a loop validates after the last iteration or epoch that is done, by its own rule."""
    loop._decide_current_val_interval()  # of dynamic_intervals; a resumed loop still has the first one
    by_iteration = counts_iterations(loop)
    now, end = (loop.iter, loop.max_iters) if by_iteration else (loop.epoch, loop.max_epochs)
    return loop.iter > 0 and now >= loop.val_begin and (now % loop.val_interval == 0 or now == end)


def count_batches_from(loop, first):
    """Have the hooks see the batches of the epoch that begins now counted from `first`."""
    run_iter = loop.run_iter
    loop.run_iter = lambda idx, data_batch: run_iter(first + idx, data_batch)


def count_batches_from_zero(loop):
    """Undo `count_batches_from`."""
    vars(loop).pop('run_iter', None)

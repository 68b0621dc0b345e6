"""A run that was interrupted and resumed ends as one that was not, bit by bit."""
from pathlib import Path

from mmengine.dist import all_gather_object, get_rank, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from .atomic_io import write_text
from .compat.loaders import replace_batch_sampler
from .compat.loops import (
    count_batches_from,
    count_batches_from_zero,
    counts_iterations,
    draws_what_is_done,
    validation_is_due,
)
from .compat.runner import is_resuming, unwrapped
from .forms import Each, Some
from .seeded_batches import SeededBatches, seed_generators


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Adds to mmengine's resuming what is missing for the same weights, optimiser state and losses.

        default_hooks = dict(exact_resume=dict(type='advbn_seg.hooks.ExactResumeHook'))

    - Random numbers: each training step and each sample is seeded by the run's seed and by its place in the run. So no
      generator's state has to survive, with any number of workers.
    - The order of the data: an epoch that was cut goes on at its next batch. The seed of the order is in the
      checkpoint. mmengine does the same in an `IterBasedTrainLoop` by itself.
    - State of each process: gradients that were being accumulated, statistics of norms that are not synchronised.
      `SafeCheckpointHook` and `TerminationHook` have this state collected.
    - A validation that was cut, or had not begun, is run before the training goes on.

    GPUs need `randomness=dict(deterministic=True)` too; mmseg's IoUMetric may refuse this setting. A random generator
    that is not a global one of Python, NumPy or torch is out of this hook's reach.
    """

    checkpoint_key = 'exact_resume'
    priority = 'LOWEST'  # seeds just before the training step, and validates after the other hooks are ready for it

    def __init__(self):
        self._resumed = {}
        self._batches = None
        self._ranks = []
        self._epoch = self._first_iter = 0  # of the epoch that is trained now

    def after_load_checkpoint(self, runner, checkpoint):
        if is_resuming(runner):
            self._resumed = checkpoint.get(self.checkpoint_key, {})

    def checkpoint_form(self, runner):
        """Return the form of this hook's state in a checkpoint; see `ResumeCheckHook`."""
        model = unwrapped(runner.model)
        rank = dict(buffers=Some(dict(model.named_buffers())), gradients=Some(dict(model.named_parameters())))
        return dict(batches_done=0, sampler_seed=None, ranks=Each(rank))

    def before_saving(self, runner):
        """Collect the state of all processes; only the first of them reaches mmengine's own stage before saving."""
        model = unwrapped(runner.model)
        gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
        buffers = model.named_buffers() if get_world_size() > 1 else ()  # one process has them in its state dict
        self._ranks = all_gather_object(dict(buffers=_on_cpu(buffers), gradients=_on_cpu(gradients.items())))

    def before_save_checkpoint(self, runner, checkpoint):
        meta = checkpoint['meta']
        checkpoint[self.checkpoint_key] = dict(
            batches_done=meta['iter'] - self._first_iter if meta['epoch'] == self._epoch else 0,
            sampler_seed=getattr(runner.train_dataloader.sampler, 'seed', None), ranks=self._ranks)
        self._ranks = []

    def before_train(self, runner):
        self._seed_batches(runner)
        self._restore_rank(runner)
        if not is_resuming(runner) and is_main_process():
            _last_validation(runner).unlink(missing_ok=True)  # of an earlier training in this folder
        if self._validation_is_due(runner):
            runner.val_loop.run()

    def _seed_batches(self, runner):
        loop, loader = runner.train_loop, runner.train_dataloader
        if self._resumed.get('sampler_seed') is not None:
            loader.sampler.seed = self._resumed['sampler_seed']
        done = 0 if counts_iterations(loop) else self._resumed.get('batches_done', 0)
        first = 0 if draws_what_is_done(loop) else loop.iter
        self._batches = SeededBatches(loader.batch_sampler, runner.seed, first, done)
        replace_batch_sampler(loader, self._batches)

    def _restore_rank(self, runner):
        ranks = self._resumed.get('ranks', [])
        if len(ranks) == get_world_size():
            model, own = unwrapped(runner.model), ranks[get_rank()]
            for name, buffer in model.named_buffers():
                if name in own['buffers']:
                    buffer.copy_(own['buffers'][name])
            for name, parameter in model.named_parameters():
                if name in own['gradients']:
                    parameter.grad = own['gradients'][name].to(parameter)

    def _validation_is_due(self, runner):
        loop = runner.train_loop
        if runner.val_loop is None or self._batches.done or not validation_is_due(loop):
            return False
        last = _last_validation(runner)
        return not (last.is_file() and last.read_text() == str(loop.iter))

    def after_val(self, runner):
        if self._batches is not None and is_main_process():
            write_text(_last_validation(runner), str(runner.iter))

    def before_train_epoch(self, runner):
        loop, done = runner.train_loop, self._batches.done
        self._epoch, self._first_iter = loop.epoch, loop.iter - done
        if done:
            count_batches_from(loop, done)

    def after_train_epoch(self, runner):
        count_batches_from_zero(runner.train_loop)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        seed_generators(runner.seed, runner.iter)


def _on_cpu(named_tensors):
    return {name: tensor.cpu() for name, tensor in named_tensors if tensor is not None}


def _last_validation(runner):
    return Path(runner.work_dir) / 'last_validation'

"""What a training will cost: a few of its steps are run and measured, and the rest is arithmetic."""
import copy
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from tempfile import TemporaryDirectory

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..errors import UserError
from ..runtime.compat.runner import optimizers
from ..runtime.hook_configs import branch_hooks
from .benchmark.counters import LiveBytes, counted_operations

FIRST, TIMED = 2, 3  # steps that are not timed, as loaders start and AdvBN checks the model; and steps that are


@dataclass(frozen=True)
class Forecast:
    """Of one training.

    Args:
        steps (int): of the whole training.
        seconds (float): of a step with the loading of its batch, the median of a few; validation is not in it. With an
            attack on every k-th batch, k steps are measured together.
        flops (int): of a step, a multiplication and an addition counting two.
        memory (int): bytes of tensors at the worst moment of a step, with weights and the optimiser's state.
    """
    steps: int
    seconds: float
    flops: int
    memory: int


class _Measured(Exception):
    """Ends the training that is measured."""


class StepMeter(Hook):
    """Times some steps, counts the operations and the memory of another, and ends the training."""
    priority = 'LOWEST'

    def __init__(self, every):
        self.every = every
        self.timed = FIRST + TIMED * every
        self.ends, self.forecast, self._counting = [], None, ExitStack()

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if len(self.ends) == self.timed:
            if torch.cuda.is_available():
                torch.cuda.reset_peak_memory_stats()
            self._live = self._counting.enter_context(LiveBytes())
            self._flops = self._counting.enter_context(counted_operations())

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())
        if len(self.ends) == self.timed + self.every:
            self._counting.close()
            ends = self.ends[FIRST - 1:self.timed:self.every]
            seconds = [(after - before) / self.every for before, after in pairwise(ends)]
            memory = (torch.cuda.max_memory_allocated() if torch.cuda.is_available()
                      else self._live.peak + sum(map(bytes_of, standing(runner))))
            self.forecast = Forecast(runner.max_iters, median(seconds),
                                     self._flops.get_total_flops() // self.every, memory)
            raise _Measured


def standing(runner):
    """Yield the tensors that a training keeps from step to step."""
    yield from runner.model.parameters()
    yield from runner.model.buffers()
    for optimizer in optimizers(runner):
        for state in optimizer.state.values():
            yield from filter(torch.is_tensor, state.values())


def bytes_of(tensor):
    return tensor.numel() * tensor.element_size()


def forecast(cfg):
    """Run the first steps of a training on its own data, from random weights, and leave nothing behind.

    Args:
        cfg (Config): of the training; its `load_from` and pretrained weights need not be there.

    Raises:
        UserError: The training has too few steps to measure.
    """
    cfg = copy.deepcopy(cfg)
    every = max((hook.get('attack_every', 1) for hook in cfg.get('custom_hooks') or []), default=1)
    meter = StepMeter(every)
    cfg.update(load_from=None, resume=False, log_level='ERROR', visualizer=None,
               experiment_name=f'forecast_{time.time_ns()}')  # by which mmengine tells one training from the next
    cfg.model = without_weights(cfg.model)
    with TemporaryDirectory() as folder:
        cfg.work_dir = folder
        runner = Runner.from_cfg(cfg)
        runner.register_hook(meter)
        try:
            runner.train()
        except _Measured:
            return meter.forecast
    raise UserError(f'the training has only {runner.max_iters} steps, and its cost is told from '
                    f'{meter.timed + every}: just run it')


def without_weights(model):
    """Return a model's config without weights to load, which a forecast does not need."""
    if isinstance(model, dict):
        weights = {'init_cfg', 'pretrained'} if _loads(model.get('init_cfg')) else {'pretrained'}
        return {key: without_weights(value) for key, value in model.items()
                if key not in weights or not isinstance(value, (dict, list, str))}
    return [without_weights(each) for each in model] if isinstance(model, (list, tuple)) else model


def _loads(init_cfg):
    several = init_cfg if isinstance(init_cfg, list) else [init_cfg or {}]
    return any(each.get('type') == 'Pretrained' for each in several)


def without_attack(cfg):
    """Return the config of the same training without AdvBN or what is like it; None where it has none."""
    attacks = branch_hooks(cfg)
    if not attacks:
        return None
    plain = copy.deepcopy(cfg)
    plain.custom_hooks = [hook for hook in cfg.custom_hooks if hook not in attacks]
    return plain

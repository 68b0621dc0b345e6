"""A tiny AdvBN training with every kind of randomness in it, and ways to interrupt it."""
import os
import random
import signal
from pathlib import Path

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.registry import DATASETS
from mmengine.runner import Runner

from advbn_seg.runtime.resuming import resume_own_run
from advbn_seg.runtime.training_hooks import add_runtime_hooks
from tests.tiny import Stripes, config

LOOPS = {'epochs': dict(type='EpochBasedTrainLoop', max_epochs=3, val_interval=1),  # of three steps
         'iterations': dict(type='IterBasedTrainLoop', max_iters=9, val_interval=3)}
ADVBN = dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', num_steps=1)


class Killed(Exception):
    """In the place of SIGKILL: what is not on the disk by then is lost."""


@DATASETS.register_module()
class NoisyStripes(Stripes):
    """Stripes under an augmentation that draws from each of the global generators."""

    def __getitem__(self, index):
        sample = super().__getitem__(index)
        shade = 1 - torch.rand(1) * random.random() * np.random.rand()
        sample['inputs'] = (sample['inputs'] * shade).to(torch.uint8)
        return sample


class At(Hook):
    """Does something as soon as a training reaches a stage of the iteration of this number, counted from 0."""

    def __init__(self, iteration, action, stage='before_train_iter', priority='NORMAL'):
        self.priority = priority

        def reached(runner, **_):
            if runner.iter == iteration:
                action(runner)

        setattr(self, stage, reached)


def kill(runner):
    raise Killed


def terminate(runner):
    os.kill(os.getpid(), signal.SIGTERM)


def train(work_dir, loop='epochs', *events, workers=0, checkpoint=(), hooks=(ADVBN,), **changes):
    """Starts a training or resumes it, and returns its Runner."""
    cfg = config(work_dir, hooks=hooks, train_cfg=LOOPS[loop], **{'resume': True, **changes})
    by_epoch = loop == 'epochs'
    cfg.train_dataloader.update(
        num_workers=workers, dataset=dict(type='NoisyStripes', length=5),
        sampler=dict(type='DefaultSampler' if by_epoch else 'InfiniteSampler', shuffle=True))
    cfg.param_scheduler = [dict(type='PolyLR', begin=0, end=9, by_epoch=False)]
    cfg.default_hooks.logger.update(interval=2, log_metric_by_epoch=by_epoch)  # by the place in an epoch
    cfg.default_hooks.checkpoint = dict(dict(type='CheckpointHook', interval=1 if by_epoch else 2, by_epoch=by_epoch),
                                        **dict(checkpoint))
    cfg.experiment_name = f'{cfg.experiment_name}_{len(list(Path(work_dir).glob("*/vis_data")))}'
    add_runtime_hooks(cfg)
    runner = Runner.from_cfg(cfg)
    resume_own_run(runner)
    for event in events:
        runner.register_hook(event)
    runner.train()
    return runner

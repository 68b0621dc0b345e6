"""Train a model.

    advbn-seg train mini_synthia_highway_dawn_baseline
    advbn-seg train mini_synthia_highway_dawn_advbn --resume                  # starts, or goes on where it stopped
    advbn-seg train mini_synthia_highway_dawn_baseline --method dsu           # a method of configs/methods
    advbn-seg train synthia_highway_dawn_advbn --dry-run                      # what will it cost, here and on GPUs?
    torchrun --nproc_per_node 4 -m advbn_seg train CONFIG --launcher pytorch  # GPUs, or CPUs without them
"""
from .arguments.runner import add_runner_arguments

NEEDS = ('train_dataloader', 'train_cfg', 'optim_wrapper')


def add_arguments(parser):
    add_runner_arguments(parser, 'folder for logs and checkpoints')
    parser.add_argument('--resume', action='store_true', help='resume from the latest checkpoint in the work dir')
    parser.add_argument('--resume-anyway', action='store_true', help='resume also from a checkpoint that lacks part of '
                        'the state of the training, such as that of the optimizer')
    parser.add_argument('--amp', action='store_true', help='train with automatic mixed precision')
    parser.add_argument('--dry-run', action='store_true', help='say what the training will cost, and do not train')
    parser.add_argument('--method', help='method of configs/methods to train the config of a baseline with')


def run(args):
    from functools import partial
    from pathlib import Path

    from mmengine.runner import Runner

    from ..experiments.methods import with_method
    from ..experiments.record import take_back_divergence
    from ..runtime.checkpoint_fit import CheckpointFitHook
    from ..runtime.command_line import check_checkpoint, is_first_process, read_config
    from ..runtime.dumped_config import config_of_the_checkpoint
    from ..runtime.mixed_precision import mixed
    from ..runtime.resume_check import ResumeCheckHook
    from ..runtime.resuming import check_work_dir, own_checkpoint, resume_own_run
    from ..runtime.run_lock import one_writer
    from ..runtime.training_hooks import add_runtime_hooks

    cfg = read_config(args, partial(with_method, method=args.method), NEEDS)
    if args.amp:
        cfg.optim_wrapper = mixed(cfg.optim_wrapper)
    if args.dry_run:
        return dry_run(cfg)
    check_work_dir(cfg)
    cfg.resume = args.resume or args.resume_anyway or cfg.get('resume', False)
    if not (cfg.resume and own_checkpoint(cfg.work_dir)):  # where the run has one, it does not need its baseline
        check_checkpoint(cfg.get('load_from'))
    add_runtime_hooks(cfg)
    first = is_first_process(args.launcher)
    with one_writer(cfg.work_dir, first), config_of_the_checkpoint(cfg.work_dir, Path(cfg.filename).name, first):
        runner = Runner.from_cfg(cfg)
        runner.register_hook(ResumeCheckHook(args.resume_anyway))
        runner.register_hook(CheckpointFitHook())
        resume_own_run(runner)
        runner.train()
        if first:
            take_back_divergence(runner.work_dir)


def dry_run(cfg):
    """Show what a training will cost, beside the same without its attack."""
    from rich.console import Console

    from ..experiments.forecast import forecast, without_attack
    from ..experiments.forecast_table import forecast_texts

    table, about = forecast_texts([(cfg.get('method', 'this training'), 1, '', forecast(cfg))])
    if plain := without_attack(cfg):
        cost = forecast(plain)
        about = f'Without its attack a step takes {cost.seconds:.3g} s and {cost.flops / 1e9:.3g} GFLOP. {about}'
    Console().print(table, about)

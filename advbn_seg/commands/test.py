"""Score a checkpoint on its config's test set.

    advbn-seg test CONFIG CHECKPOINT
    advbn-seg test CONFIG CHECKPOINT --norm-branch aux --show-dir pictures
"""
from ..network.branches import NORM_CHOICES
from .arguments.runner import add_runner_arguments

NEEDS = ('test_dataloader', 'test_cfg', 'test_evaluator')


def add_arguments(parser):
    add_runner_arguments(parser, 'folder, in which test/ takes the logs')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--norm-branch', choices=NORM_CHOICES, help='norms of an AdvBN model to run through')
    parser.add_argument('--out', help='folder for predictions, for offline evaluation')
    parser.add_argument('--show', action='store_true', help='show predictions')
    parser.add_argument('--show-dir', help='folder for painted images')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds between shown images')
    parser.add_argument('--method', help='method of configs/methods that the config of a baseline was trained with')


def run(args):
    from functools import partial

    from mmengine.runner import Runner

    from ..evaluation.runs import set_branch
    from ..experiments.methods import with_method
    from ..reports.predictions import keep_predictions, shown_by
    from ..runtime.checkpoint_fit import CheckpointFitHook
    from ..runtime.command_line import check_checkpoint, read_config

    cfg = read_config(args, partial(with_method, method=args.method), NEEDS)
    cfg.work_dir = f'{cfg.work_dir}/test'  # as the Runner writes this config there, and scores are of the training's
    check_checkpoint(args.checkpoint)
    cfg.load_from = args.checkpoint
    if args.norm_branch:
        set_branch(cfg, args.norm_branch)
    hooks = [CheckpointFitHook()]
    if args.show or args.show_dir:
        hooks += shown_by(cfg, args.show_dir, args.show, args.wait_time)
    if args.out:
        keep_predictions(cfg, args.out)
    runner = Runner.from_cfg(cfg)
    for hook in hooks:  # not by the config, which the Runner writes into the work dir
        runner.register_hook(hook)
    runner.test()

"""Train a model: python tools/train.py configs/mini_synthia_highway_dawn_advbn.py [--resume] [--amp]."""
from functools import partial

from mmengine.runner import Runner

from advbn_seg.experiments.methods import with_method
from advbn_seg.runtime.checkpoint_fit import CheckpointFitHook
from advbn_seg.runtime.command_line import (
    check_checkpoint,
    errors_in_one_sentence,
    is_first_process,
    read_config,
    runner_arguments,
)
from advbn_seg.runtime.mixed_precision import amp_options
from advbn_seg.runtime.resume_check import ResumeCheckHook
from advbn_seg.runtime.resuming import resume_own_run
from advbn_seg.runtime.run_lock import one_training
from advbn_seg.runtime.training_hooks import add_runtime_hooks


def main():
    parser = runner_arguments('Train a model')
    parser.add_argument('--resume', action='store_true', help='resume from the latest checkpoint in the work dir')
    parser.add_argument('--resume-anyway', action='store_true', help='resume also from a checkpoint that lacks part of '
                        'the state of the training, such as that of the optimizer')
    parser.add_argument('--amp', action='store_true', help='train with automatic mixed precision')
    parser.add_argument('--method', help='method of configs/methods to train the config of a baseline with')
    args = parser.parse_args()
    with errors_in_one_sentence(f'config {args.config}'):
        cfg = read_config(args, partial(with_method, method=args.method))
        check_checkpoint(cfg.get('load_from'))
        cfg.resume = args.resume or args.resume_anyway
        add_runtime_hooks(cfg)
        if args.amp:
            cfg.optim_wrapper.update(amp_options())
        with one_training(cfg.work_dir, is_first_process(args.launcher)):
            runner = Runner.from_cfg(cfg)
            runner.register_hook(ResumeCheckHook(args.resume_anyway))
            runner.register_hook(CheckpointFitHook())
            resume_own_run(runner)
            runner.train()


if __name__ == '__main__':
    main()

"""Trains a model: python tools/train.py configs/mini_synthia_highway_dawn_advbn.py [--resume] [--amp]."""
from mmengine.runner import Runner

from advbn_seg.checkpoint_fit import CheckpointFitHook
from advbn_seg.cli import check_checkpoint, errors_in_one_sentence, read_config, runner_arguments
from advbn_seg.hooks.runtime import add_runtime_hooks
from advbn_seg.hooks.surgery import resume_own_run
from advbn_seg.mixed_precision import amp_options


def main():
    parser = runner_arguments('Train a model')
    parser.add_argument('--resume', action='store_true', help='resume from the latest checkpoint in the work dir')
    parser.add_argument('--amp', action='store_true', help='train with automatic mixed precision')
    args = parser.parse_args()
    with errors_in_one_sentence(f'config {args.config}'):
        cfg = read_config(args)
        check_checkpoint(cfg.get('load_from'))
        cfg.resume = args.resume
        add_runtime_hooks(cfg)
        if args.amp:
            cfg.optim_wrapper.update(amp_options())
        runner = Runner.from_cfg(cfg)
        runner.register_hook(CheckpointFitHook())
        resume_own_run(runner)
        runner.train()


if __name__ == '__main__':
    main()

"""Trains a model: python tools/train.py configs/mini_synthia_highway_dawn_advbn.py [--resume] [--amp]."""
from mmengine.runner import Runner

from advbn_seg.cli import check_checkpoint, errors_in_one_sentence, read_config, runner_arguments
from advbn_seg.hooks.surgery import resume_own_run


def main():
    parser = runner_arguments('Train a model')
    parser.add_argument('--resume', action='store_true', help='resume from the latest checkpoint in the work dir')
    parser.add_argument('--amp', action='store_true', help='train with automatic mixed precision')
    args = parser.parse_args()
    with errors_in_one_sentence():
        cfg = read_config(args)
        check_checkpoint(cfg.get('load_from'))
        cfg.resume = args.resume
        if args.amp:
            cfg.optim_wrapper.update(type='AmpOptimWrapper', loss_scale='dynamic')
        runner = Runner.from_cfg(cfg)
        resume_own_run(runner)
        runner.train()


if __name__ == '__main__':
    main()

"""Scores a checkpoint on its config's test set: python tools/test.py CONFIG CHECKPOINT [--norm-branch aux]."""
from mmengine.runner import Runner

from advbn_seg.adversarial import NORM_BRANCHES
from advbn_seg.cli import check_checkpoint, errors_in_one_sentence, read_config, runner_arguments
from advbn_seg.evaluation.runs import set_branch


def main():
    parser = runner_arguments('Test a model')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--norm-branch', choices=NORM_BRANCHES, help='norms of an AdvBN model to run through')
    parser.add_argument('--out', help='folder for predictions, for offline evaluation')
    parser.add_argument('--show', action='store_true', help='show predictions')
    parser.add_argument('--show-dir', help='folder for painted images')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds between shown images')
    args = parser.parse_args()
    with errors_in_one_sentence():
        cfg = read_config(args)
        check_checkpoint(args.checkpoint)
        cfg.load_from = args.checkpoint
        if args.norm_branch:
            set_branch(cfg, args.norm_branch)
        if args.show or args.show_dir:
            cfg.default_hooks.visualization.update(draw=True, show=args.show, wait_time=args.wait_time)
            cfg.visualizer.save_dir = args.show_dir
        if args.out:
            cfg.test_evaluator.update(output_dir=args.out, keep_results=True)
        Runner.from_cfg(cfg).test()


if __name__ == '__main__':
    main()

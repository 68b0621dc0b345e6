"""Score a checkpoint on its config's test set: python tools/test.py CONFIG CHECKPOINT [--norm-branch aux]."""
from functools import partial

from mmengine.runner import Runner

from advbn_seg.adversarial import NORM_CHOICES
from advbn_seg.evaluation.runs import set_branch
from advbn_seg.experiments.methods import with_method
from advbn_seg.reports.sheets import SheetHook
from advbn_seg.runtime.checkpoint_fit import CheckpointFitHook
from advbn_seg.runtime.command_line import check_checkpoint, errors_in_one_sentence, read_config, runner_arguments


def paint(cfg, args):
    """Have every image shown or saved with its prediction."""
    if cfg.default_scope == 'mmseg':
        cfg.default_hooks.visualization.update(show=args.show, wait_time=args.wait_time, draw=args.show)
        if args.show_dir:
            cfg.custom_hooks = [*cfg.get('custom_hooks', []), dict(type=SheetHook, folder=args.show_dir)]
    else:
        cfg.default_hooks.visualization.update(show=args.show, wait_time=args.wait_time, enable=True, interval=1)
        cfg.visualizer.save_dir = args.show_dir


def keep_predictions(cfg, folder):
    """Have predictions saved: label maps as PNG files, those of a classifier in one pickle of mmengine's."""
    if cfg.default_scope == 'mmseg':
        cfg.test_evaluator.update(output_dir=folder, keep_results=True)
    else:
        dump = dict(type='DumpResults', out_file_path=f'{folder}/predictions.pkl')
        cfg.test_evaluator = [cfg.test_evaluator, dump]


def main():
    parser = runner_arguments('Test a model')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--norm-branch', choices=NORM_CHOICES, help='norms of an AdvBN model to run through')
    parser.add_argument('--out', help='folder for predictions, for offline evaluation')
    parser.add_argument('--show', action='store_true', help='show predictions')
    parser.add_argument('--show-dir', help='folder for painted images')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds between shown images')
    parser.add_argument('--method', help='method of configs/methods that the config of a baseline was trained with')
    args = parser.parse_args()
    with errors_in_one_sentence(f'config {args.config}'):
        cfg = read_config(args, partial(with_method, method=args.method))
        check_checkpoint(args.checkpoint)
        cfg.load_from = args.checkpoint
        if args.norm_branch:
            set_branch(cfg, args.norm_branch)
        if args.show or args.show_dir:
            paint(cfg, args)
        if args.out:
            keep_predictions(cfg, args.out)
        runner = Runner.from_cfg(cfg)
        runner.register_hook(CheckpointFitHook())
        runner.test()


if __name__ == '__main__':
    main()

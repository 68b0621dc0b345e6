"""Score a checkpoint on its config's test set.

    advbn-seg test CONFIG CHECKPOINT
    advbn-seg test CONFIG CHECKPOINT --norm-branch aux --show-dir pictures
"""
from pathlib import Path

from ..errors import UserError
from ..network.branches import NORM_CHOICES
from .arguments.runner import add_runner_arguments

NEEDS = ('test_dataloader', 'test_cfg', 'test_evaluator')
WRITERS = ('IoUMetric', 'CityscapesMetric')  # those of mmseg that save label maps


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
    from ..runtime.checkpoint_fit import CheckpointFitHook
    from ..runtime.command_line import check_checkpoint, read_config

    cfg = read_config(args, partial(with_method, method=args.method), NEEDS)
    cfg.work_dir = f'{cfg.work_dir}/test'  # as the Runner writes this config there, and scores are of the training's
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
    if args.show_dir and is_segmentation(cfg):
        from ..reports.sheets import SheetHook

        runner.register_hook(SheetHook(args.show_dir))  # not by the config, which the Runner writes into the work dir
    runner.test()


def is_segmentation(cfg):
    """Return whether a config is of mmseg: it says so, or, as those of mmengine's new style do not, has its model."""
    scope = cfg.get('default_scope')
    return scope == 'mmseg' if scope else 'decode_head' in cfg.model


def paint(cfg, args):
    """Have every image shown or saved with its prediction.

    Raises:
        UserError: The config has no hook that would do it, or two images would have the same picture.
    """
    from ..reports.sheets import sheet_name

    segmentation = is_segmentation(cfg)
    if args.show_dir:  # mmpretrain calls a picture as its image is called
        check_names(cfg, args.show_dir, sheet_name if segmentation else lambda image: f'{image.name}_0.png')
    if segmentation and not args.show:  # `SheetHook` does it
        return
    hook = (cfg.get('default_hooks') or {}).get('visualization')
    if not hook:
        name = 'SegVisualizationHook' if segmentation else 'VisualizationHook'
        raise UserError(f"{cfg.filename}: default_hooks has no visualization, and --show{'' if args.show else '-dir'} "
                        f"needs one; add visualization=dict(type='{name}')")
    hook.update(show=args.show, wait_time=args.wait_time, **dict(draw=True) if segmentation else dict(
        enable=True, interval=1))
    if args.show_dir and not segmentation:
        cfg.visualizer.save_dir = args.show_dir


def keep_predictions(cfg, folder):
    """Have predictions saved: label maps as PNG files, those of a classifier in one pickle of mmengine's.

    Raises:
        UserError: No metric of the config saves label maps, or two images would have the same file.
    """
    from ..evaluation.loading import metric_configs
    from ..runtime.configs import type_name

    metrics = metric_configs(cfg)
    if not is_segmentation(cfg):
        cfg.test_evaluator = [*metrics, dict(type='DumpResults', out_file_path=f'{folder}/predictions.pkl')]
        return
    writer = next((metric for metric in metrics if type_name(metric) in WRITERS), None)
    if not writer:
        raise UserError(f'{cfg.filename}: --out needs a metric that saves label maps; test_evaluator has none of type '
                        f'{" or ".join(WRITERS)}')
    check_names(cfg, folder, lambda image: f'{image.stem}.png')
    writer.update(output_dir=folder, keep_results=True)


def check_names(cfg, folder, name):
    """See that no prediction overwrites another one: files are called as their images, whatever the folder of these.

    Args:
        name (callable): from an image's path to the name of its file in `folder`.

    Raises:
        UserError: Two images have files of one name.
    """
    from ..evaluation.loading import build_dataset

    dataset = build_dataset(cfg, cfg.test_dataloader.dataset)
    if not hasattr(dataset, 'get_data_info'):  # a dataset of torch's, which does not tell its files
        return
    found = {}
    for index in range(len(dataset)):
        path = dataset.get_data_info(index)['img_path']
        file = name(Path(path))
        first = found.setdefault(file, path)
        if path != first:
            raise UserError(f'{first} and {path} would both have their prediction in {folder}/{file}: rename one of '
                            'them, or test their folders one by one, each with a folder of its own')

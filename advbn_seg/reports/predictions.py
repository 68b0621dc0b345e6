"""Predictions of a test as files: pictures, label maps, and those of a classifier in one pickle."""
from pathlib import Path

from ..errors import UserError
from ..evaluation.loading import build_dataset, metric_configs
from ..runtime.configs import type_name
from .sheets import SheetHook, sheet_name

WRITERS = ('IoUMetric', 'CityscapesMetric')  # those of mmseg that save label maps


def is_segmentation(cfg):
    """Return whether a config is of mmseg: it says so, or, as those of mmengine's new style do not, has its model."""
    scope = cfg.get('default_scope')
    return scope == 'mmseg' if scope else 'decode_head' in cfg.model


def shown_by(cfg, folder, show, wait_time):
    """Have every image of a test shown or saved with its prediction.

    Args:
        cfg (Config): of the test; a hook of its own that does it is changed.
        folder (str, optional): of the pictures.
        show (bool), wait_time (float): whether they are shown, and for how many seconds.

    Returns:
        list[Hook]: which the runner of the test needs besides.

    Raises:
        UserError: The config has no hook that would do it, or two images would have the same picture.
    """
    segmentation = is_segmentation(cfg)
    if folder:  # mmpretrain calls a picture as its image is called
        check_files(cfg, folder, sheet_name if segmentation else lambda image: f'{image.name}_0.png')
    hooks = [SheetHook(folder)] if folder and segmentation else []
    if segmentation and not show:
        return hooks
    hook = (cfg.get('default_hooks') or {}).get('visualization')
    if not hook:
        name = 'SegVisualizationHook' if segmentation else 'VisualizationHook'
        raise UserError(f"{cfg.filename}: default_hooks has no visualization, and --show{'' if show else '-dir'} "
                        f"needs one; add visualization=dict(type='{name}')")
    hook.update(show=show, wait_time=wait_time, **dict(draw=True) if segmentation else dict(
        enable=True, interval=1))
    if folder and not segmentation:
        cfg.visualizer.save_dir = folder
    return hooks


def keep_predictions(cfg, folder):
    """Have predictions saved: label maps as PNG files, those of a classifier in one pickle of mmengine's.

    Raises:
        UserError: No metric of the config saves label maps, or two images would have the same file.
    """
    metrics = metric_configs(cfg)
    if not is_segmentation(cfg):
        cfg.test_evaluator = [*metrics, dict(type='DumpResults', out_file_path=f'{folder}/predictions.pkl')]
        return
    writer = next((metric for metric in metrics if type_name(metric) in WRITERS), None)
    if not writer:
        raise UserError(f'{cfg.filename}: --out needs a metric that saves label maps; test_evaluator has none of type '
                        f'{" or ".join(WRITERS)}')
    check_files(cfg, folder, lambda image: f'{image.stem}.png')
    writer.update(output_dir=folder, keep_results=True)


def check_files(cfg, folder, name):
    """See that no prediction overwrites another one: files are called as their images, whatever the folder of these.

    Args:
        name (callable): from an image's path to the name of its file in `folder`.

    Raises:
        UserError: Two images have files of one name.
    """
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

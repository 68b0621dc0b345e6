"""The speed of a config's training loader on several copies of a data set, without a model."""
import time
from itertools import product

import cv2
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner
from mmengine.runner.utils import set_random_seed
from mmengine.utils.dl_utils import set_multi_processing
from rich.progress import track

from ...errors import UserError


def time_loaders(cfg, roots, workers, repetitions, frames, seed):
    """Return {(root, workers): [frames per second]}; the loaders take turns.

    Args:
        cfg (Config): whose training loader it is.
        roots (list[str]): data roots.
        workers (list[int]): numbers of worker processes.
        frames (int): of each repetition.
        seed (int): of order, scales and crops.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    set_multi_processing(**cfg.env_cfg.mp_cfg)
    speeds = {key: [] for key in product(roots, workers)}
    for repetition, key in track(list(product(range(repetitions), speeds))):
        set_random_seed(seed + repetition)
        speeds[key].append(frames_per_second(open_loader(cfg, *key, seed + repetition), frames))
    return speeds


def open_loader(cfg, root, num_workers, seed):
    """Return the training loader of a config on another data root, which never ends."""
    loader = cfg.copy().train_dataloader
    loader.dataset.data_root = root
    frame = DATASETS.build(loader.dataset).get_data_info(0)['img_path']
    pixels = cv2.imread(frame)
    if pixels is None:
        raise UserError(f'{frame} cannot be decoded: it is damaged or no image; get it again')
    height, width = pixels.shape[:2]
    for transform in loader.dataset.pipeline:
        if transform.type == 'RandomResize':
            transform.scale = (width, height)
    return Runner.build_dataloader({**loader, 'num_workers': num_workers, 'persistent_workers': False,
                                    'sampler': dict(type='InfiniteSampler', shuffle=True, seed=seed)})


def frames_per_second(loader, frames):
    """Return the speed of a loader whose workers have started and hold nothing read before the time began."""
    batches, seen = iter(loader), 0
    for _ in range(1 + loader.num_workers * (loader.prefetch_factor or 0)):
        next(batches)
    began = time.perf_counter()
    while seen < frames:
        seen += len(next(batches)['inputs'])
    return seen / (time.perf_counter() - began)

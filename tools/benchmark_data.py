"""Times the training data loader of a config on several copies of a data set, without a model.

    python tools/make_mini_synthia.py data/large --size 760 1280 --frames 24 --train 20 --val 4
    python tools/prepare_synthia.py data/large --out data/large_prepared --train 20 --val 4
    python tools/prepare_synthia.py data/large --out data/large_380 --height 380 --train 20 --val 4
    python tools/benchmark_data.py configs/synthia_highway_dawn_baseline.py data/large data/large_prepared \
        data/large_380 --num-workers 0 2 --repetitions 3 --out results/benchmark/data.json

The copies take turns, so that what else the machine does falls on all alike. Where the pipeline resizes at random, the
scale is that of the frames. The first ROOT is what the others are compared with.
"""
import argparse
import json
import time
from itertools import product
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from mmengine.registry import DATASETS, init_default_scope
from mmengine.runner import Runner
from mmengine.runner.utils import set_random_seed
from mmengine.utils.dl_utils import set_multi_processing
from rich.console import Console
from rich.progress import track
from rich.table import Table

from advbn_seg.evaluation.runs import read_config
from advbn_seg.runtime.atomic_io import write_text
from advbn_seg.runtime.command_line import errors_in_one_sentence


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config')
    parser.add_argument('roots', nargs='+', metavar='ROOT', help='data root with the split list of the config')
    parser.add_argument('--num-workers', type=int, nargs='+', default=[0], help='worker processes to try (0: none)')
    parser.add_argument('--repetitions', type=int, default=5)
    parser.add_argument('--frames', type=int, default=48, help='frames of each repetition')
    parser.add_argument('--seed', type=int, default=0, help='of order, scales and crops')
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for every measurement')
    return parser.parse_args()


def open_loader(cfg, root, num_workers, seed):
    """The training loader of a config on another data root, which never ends."""
    loader = cfg.copy().train_dataloader
    loader.dataset.data_root = root
    frame = DATASETS.build(loader.dataset).get_data_info(0)['img_path']
    height, width = cv2.imread(frame).shape[:2]
    for transform in loader.dataset.pipeline:
        if transform.type == 'RandomResize':
            transform.scale = (width, height)
    return Runner.build_dataloader({**loader, 'num_workers': num_workers, 'persistent_workers': False,
                                    'sampler': dict(type='InfiniteSampler', shuffle=True, seed=seed)})


def frames_per_second(loader, frames):
    """Speed of a loader whose workers have started and have nothing left that was read before the time began."""
    batches, seen = iter(loader), 0
    for _ in range(1 + loader.num_workers * (loader.prefetch_factor or 0)):
        next(batches)
    began = time.perf_counter()
    while seen < frames:
        seen += len(next(batches)['inputs'])
    return seen / (time.perf_counter() - began)


def main():
    args = parse_args()
    with errors_in_one_sentence(args.config):
        cfg = read_config(args.config)
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        set_multi_processing(**cfg.env_cfg.mp_cfg)
        speeds = {key: [] for key in product(args.roots, args.num_workers)}
        for repetition, key in track(list(product(range(args.repetitions), speeds))):
            set_random_seed(args.seed + repetition)
            speeds[key].append(frames_per_second(open_loader(cfg, *key, args.seed + repetition), args.frames))
    table = Table('data root', 'workers', 'frames/s, median', 'lowest', 'highest', 'against the first root')
    for (root, workers), values in speeds.items():
        ratio = median(np.divide(values, speeds[args.roots[0], workers]))
        table.add_row(root, str(workers), *(f'{value:.1f}' for value in (median(values), min(values), max(values))),
                      f'{ratio:.2f}')
    Console().print(table)
    if args.out:
        rows = [dict(root=root, num_workers=workers, frames_per_second=values)
                for (root, workers), values in speeds.items()]
        write_text(args.out, json.dumps(rows, indent=1) + '\n')


if __name__ == '__main__':
    main()

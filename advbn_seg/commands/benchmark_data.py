"""Time the training data loader of a config on copies of a data set, without a model.

    advbn-seg make-mini-synthia data/large --size 760 1280 --frames 24 --train 20 --val 4
    advbn-seg prepare-synthia data/large --out data/large_prepared --train 20 --val 4
    advbn-seg prepare-synthia data/large --out data/large_380 --height 380 --train 20 --val 4
    advbn-seg prepare-synthia data/large --out data/large_bmp --train 20 --val 4 --uncompressed highway/dawn
    advbn-seg benchmark-data synthia_highway_dawn_baseline \\
        data/large data/large_prepared data/large_bmp data/large_380 \\
        --num-workers 0 2 --repetitions 3 --out results/benchmark/data.json

The copies take turns, so that the machine's other work falls on all alike. Where the pipeline resizes at random, the
scale is that of the frames. The other ROOTs are compared with the first.
"""
from pathlib import Path

from .arguments import add_config, at_least


def add_arguments(parser):
    add_config(parser)
    parser.add_argument('roots', nargs='+', metavar='ROOT', help='data root with the split list of the config')
    parser.add_argument('--num-workers', type=at_least(0), nargs='+', default=[0],
                        help='worker processes to try (0: none)')
    parser.add_argument('--repetitions', type=at_least(1), default=5, help='(%(default)s)')
    parser.add_argument('--frames', type=at_least(1), default=48, help='frames of each repetition (%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of order, scales and crops (0)')
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for every measurement')


def run(args):
    from ..evaluation.runs import read_config
    from ..experiments.benchmark.data_loader import time_loaders
    from ..experiments.benchmark.tables import show_loaders
    from ..runtime.atomic_io import write_json

    speeds = time_loaders(read_config(args.config), args.roots, args.num_workers, args.repetitions, args.frames,
                          args.seed)
    show_loaders(speeds)
    if args.out:
        rows = [dict(root=root, num_workers=workers, frames_per_second=values)
                for (root, workers), values in speeds.items()]
        write_json(args.out, rows)

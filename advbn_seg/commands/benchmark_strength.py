"""Measure how strong the cheaper attacks are on a trained network; a busy machine will do.

    advbn-seg benchmark-strength work_dirs/experiments/mini_synthia_highway_dawn_baseline/seed0 \\
        --num-steps 3 --out results/benchmark/strength_mini_synthia.json
    advbn-seg benchmark-strength imagenet/efficientnet-lite0 efficientnet_lite0.pth --num-steps 6 \\
        --layer timm_model.blocks.1 --out results/benchmark/strength_imagenet.json --cfg-options \\
        train_dataloader.dataset.split=val

A strength of 1 raises the loss as far as the attack that was asked for: the paper's, or one step per image.
"""
from pathlib import Path

from .. import config_files
from .arguments import add_cfg_options, add_device, at_least, one_of


def add_arguments(parser):
    parser.add_argument('run', nargs='+', type=config_files.find_run, metavar='RUN',
                        help='work dir of one training, or CONFIG CHECKPOINT')
    parser.add_argument('--modes', nargs='+', type=one_of('experiments.benchmark.steps:MODES'), metavar='MODE',
                        help="such as 'fast' (all but 'ours')")
    parser.add_argument('--num-steps', type=at_least(1), default=3, help='m of the attack that is asked for (3)')
    parser.add_argument('--layer', help="after which AdvBN sits, instead of the config's perturbed_layer")
    parser.add_argument('--batches', type=at_least(2), default=60, help='(60)')
    parser.add_argument('--batch-size', type=at_least(1), default=4, help='(4)')
    add_device(parser)
    parser.add_argument('--seed', type=int, default=0, help='of the batches (0)')
    add_cfg_options(parser)
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for the gains of each batch')


def run(args):
    from tempfile import TemporaryDirectory

    from ..evaluation.runs import open_one_run
    from ..experiments.benchmark.steps import MODES
    from ..experiments.benchmark.strength import measure_strength
    from ..experiments.benchmark.tables import show_strength
    from ..runtime.atomic_io import write_json

    modes = args.modes or [mode for mode in MODES if mode != 'ours']
    with TemporaryDirectory() as folder:
        rows = measure_strength(open_one_run(args.run, args.cfg_options), modes, args.num_steps, args.batches,
                                args.batch_size, folder, args.layer, args.device, args.seed)
    show_strength(rows)
    if args.out:
        write_json(args.out, rows)

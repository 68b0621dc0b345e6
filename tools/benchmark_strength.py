"""Measure how strong the cheaper attacks are on a trained network: no timing, so a busy machine will do.

    python tools/benchmark_strength.py work_dirs/experiments/mini_synthia_highway_dawn_baseline/seed0 \\
        --num-steps 3 --out results/benchmark/strength_mini_synthia.json
    python tools/benchmark_strength.py configs/imagenet/efficientnet-lite0.py efficientnet_lite0.pth --num-steps 6 \\
        --layer timm_model.blocks.1 --out results/benchmark/strength_imagenet.json --cfg-options \\
        train_dataloader.dataset.split=val

A strength of 1 raises the loss as far as the attack that was asked for: the paper's, or one step per image.
"""
import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from advbn_seg.evaluation.runs import open_runs
from advbn_seg.experiments.benchmark.steps import MODES
from advbn_seg.experiments.benchmark.strength import measure_strength
from advbn_seg.experiments.benchmark.tables import show_strength
from advbn_seg.runtime.atomic_io import write_text
from advbn_seg.runtime.cfg_options import CfgOptions
from advbn_seg.runtime.command_line import errors_in_one_sentence


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('run', nargs='+', metavar='RUN', help='work dir of one training, or CONFIG CHECKPOINT')
    parser.add_argument('--modes', nargs='+', choices=MODES, default=[mode for mode in MODES if mode != 'ours'])
    parser.add_argument('--num-steps', type=int, default=3, help='m of the attack that is asked for')
    parser.add_argument('--layer', help="after which AdvBN sits, instead of the config's perturbed_layer")
    parser.add_argument('--batches', type=int, default=60)
    parser.add_argument('--batch-size', type=int, default=4)
    parser.add_argument('--device', help="of the model, instead of mmengine's choice")
    parser.add_argument('--seed', type=int, default=0, help='of the batches')
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions, help='override config keys, as in key=value')
    parser.add_argument('--out', type=Path, metavar='JSON', help='file for the gains of each batch')
    return parser.parse_args()


def main():
    args = parse_args()
    with errors_in_one_sentence(), TemporaryDirectory() as folder:
        run, = open_runs(args.run, ['main'], args.cfg_options)
        rows = measure_strength(run, args.modes, args.num_steps, args.batches, args.batch_size, folder, args.layer,
                                args.device, args.seed)
    show_strength(rows)
    if args.out:
        write_text(args.out, json.dumps(rows, indent=1) + '\n')


if __name__ == '__main__':
    main()

"""Make a checked SYNTHIA data set from downloads: unpack, open every frame, write split lists.

    advbn-seg prepare-synthia downloads/SYNTHIA-SEQS-*.rar --out data/synthia
    advbn-seg prepare-synthia /disk/unpacked --out data/synthia           # linked, not copied
    advbn-seg prepare-synthia --out data/synthia --train 700 --val 300    # what is there already
    advbn-seg prepare-synthia data/synthia --out data/synthia_380 --height 380    # a copy of 640x380
    advbn-seg prepare-synthia --out data/synthia --uncompressed highway/dawn      # loads twice as fast, takes 2.6 GB

Archives may be zip, tar or rar; they are kept. Problems are printed one a line, no list is written for a domain that
has any, and the exit status is 1. Another call is quick, and changes nothing where nothing changed. Lists that are
there stay, unless --train, --val or --seed asks for others.
"""
import argparse
import os
import sys
from pathlib import Path

from ..errors import UserError


def add_arguments(parser):
    parser.add_argument('sources', nargs='*', type=Path, metavar='SOURCE', help='archive or unpacked folder')
    parser.add_argument('--out', required=True, type=Path, help='data root, such as data/synthia')
    parser.add_argument('--train', type=int, help='training frames of each domain (900, as in the paper)')
    parser.add_argument('--val', type=int, help='validation frames of each domain (500, as in the paper)')
    parser.add_argument('--seed', type=int, help='of the random split (0)')
    parser.add_argument('--view', help='camera (paper: Stereo_Left/Omni_F)')
    parser.add_argument('--sequences', nargs='+', type=scene_and_number, metavar='SCENE=NN',
                        help='which sequence is which scene (default: highway=01 nyc=02)')
    parser.add_argument('--height', type=int, metavar='PIXELS',
                        help='copy the frames of every SOURCE at this height, in their proportions')
    parser.add_argument('--uncompressed', nargs='+', default=[], metavar='SCENE/CONDITION',
                        help='write the training images of these domains as BMP files too, which decode quicker')
    parser.add_argument('--max-unpacked', type=gigabytes, metavar='GB',
                        help='that one archive may take on the disk (default: 20 times its size, or 1.07)')


def scene_and_number(text):
    scene, _, number = text.partition('=')
    if not scene.isidentifier() or len(number) != 2 or not number.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not like nyc=05")
    return scene, number


def gigabytes(text):
    """Return a number of gigabytes in bytes; argparse turns the ValueError into its message."""
    if not (number := float(text)) > 0:
        raise ValueError
    return number * 1e9


def run(args):
    if args.height is not None and not args.sources:
        raise UserError('--height needs a SOURCE to copy from')
    for column in zip(*args.sequences or ()):
        if twice := [each for each in column if column.count(each) > 1]:
            raise UserError(f"--sequences names '{twice[0]}' twice: give each scene a number of its own")

    from ..datasets.layout import SEQUENCES, VIEW
    from ..datasets.preparation.session import Preparation
    from ..runtime.run_lock import one_writer

    writes = not args.out.is_dir() or os.access(args.out, os.W_OK)  # what is all there may be on a read-only disk
    with one_writer(args.out, writes, '--out'):
        preparation = Preparation(args.out, dict(args.sequences or SEQUENCES), args.view or VIEW, args.height,
                                  args.max_unpacked)
        preparation.bring_in(args.sources)
        left_out = preparation.split(args.train, args.val, args.seed)
        if args.uncompressed:
            preparation.uncompress(args.uncompressed)
    if left_out:
        sys.exit(f"No split lists were written for {', '.join(left_out)}, and older ones are as they were: mend the "
                 'above and run this again.')

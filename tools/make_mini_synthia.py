#!/usr/bin/env python
"""Render mini-SYNTHIA, ten small domains in the layout of the SYNTHIA video sequences, and split it.

    tools/make_mini_synthia.py data/mini_synthia
    tools/make_mini_synthia.py data/large --frames 60 --size 760 1280 --train 40 --val 20
"""
import argparse
import time

import cv2
from rich.progress import Progress

from advbn_seg.datasets.splits import write_splits
from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.synthetic.mini_synthia import contact_sheet, write_sequences


def parse_args() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', nargs='?', default='data/mini_synthia', help='folder to write to (data/mini_synthia)')
    parser.add_argument('--frames', type=int, default=280, help='frames of each domain (280)')
    parser.add_argument('--size', type=int, nargs=2, default=(96, 160), metavar=('HEIGHT', 'WIDTH'),
                        help='pixels of a frame, up to 760 1280 (96 160)')
    parser.add_argument('--seed', type=int, default=0, help='another seed drives through other worlds (0)')
    parser.add_argument('--workers', type=int, help='processes (all cores)')
    parser.add_argument('--train', type=int, default=240, help='training frames of each domain (240)')
    parser.add_argument('--val', type=int, default=40, help='validation frames of each domain (40)')
    parser.add_argument('--contact-sheet', metavar='PNG', help='draw a frame of each domain into this file, no more')
    return parser.parse_args()


def main() -> None:
    """Render, split, and say where the result is."""
    args = parse_args()
    if args.contact_sheet:
        cv2.imwrite(args.contact_sheet, contact_sheet(tuple(args.size), args.seed)[..., ::-1])
        print(f'Ten domains at {args.size[1]}x{args.size[0]} in {args.contact_sheet}.')
        return
    began = time.perf_counter()
    with Progress() as bar:
        task = bar.add_task('mini-SYNTHIA', total=None)
        rendered = write_sequences(args.root, args.frames, tuple(args.size), args.seed, args.workers,
                                   lambda done, total: bar.update(task, completed=done, total=total))
    write_splits(args.root, args.train, args.val, args.seed)
    seconds = time.perf_counter() - began
    print(f'Ten domains of {args.frames} frames in {args.root} ({rendered} rendered now, {seconds:.0f} s); '
          f'{args.train} + {args.val} of each listed in {args.root}/splits.')


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()

#!/usr/bin/env python3
"""Make a checked SYNTHIA data set from downloads: unpack, open every frame, write the split lists.

    python tools/prepare_synthia.py downloads/SYNTHIA-SEQS-*.rar --out data/synthia
    python tools/prepare_synthia.py /disk/unpacked --out data/synthia           # linked, not copied
    python tools/prepare_synthia.py --out data/synthia --train 700 --val 300    # what is there already
    python tools/prepare_synthia.py data/synthia --out data/synthia_380 --height 380    # a copy of 640x380

Archives may be zip, tar or rar; they are kept. Problems are printed one a line, no list is written for a domain that
has any, and the exit status is 1. Another call is quick, and changes nothing where nothing changed.
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich import progress as bars
from rich.console import Console

from advbn_seg.datasets.layout import SEQUENCES, VIEW, find_domains, unpaired_frames
from advbn_seg.datasets.preparation.ledger import Ledger
from advbn_seg.datasets.preparation.prepare import bring_in, check_sequence, find_sequences, frame_files, is_size
from advbn_seg.datasets.preparation.shrink import shrink_sequence
from advbn_seg.datasets.splits import too_few_frames, write_splits
from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.runtime.regular_files import check_name

CONSOLE = Console(soft_wrap=True, highlight=False, markup=False)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('sources', nargs='*', type=Path, metavar='SOURCE', help='archive or unpacked folder')
    parser.add_argument('--out', required=True, type=Path, help='data root, such as data/synthia')
    parser.add_argument('--train', type=int, default=900, help='training frames of each domain (paper: 900)')
    parser.add_argument('--val', type=int, default=500, help='validation frames of each domain (paper: 500)')
    parser.add_argument('--seed', type=int, default=0, help='of the random split')
    parser.add_argument('--view', default=VIEW, help=f'camera (paper: {VIEW})')
    parser.add_argument('--sequences', nargs='+', type=scene_and_number, metavar='SCENE=NN',
                        default=SEQUENCES.items(),
                        help='which sequence is which scene (default: highway=01 nyc=02)')
    parser.add_argument('--height', type=int, metavar='PIXELS',
                        help='copy the frames of every SOURCE at this height, in their proportions')
    parser.add_argument('--max-unpacked', type=gigabytes, metavar='GB',
                        help='that one archive may take on the disk (default: 20 times its size, or 1.07)')
    args = parser.parse_args()
    if args.height is not None and not args.sources:
        parser.error('--height needs a SOURCE to copy from')
    return args


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


def progress_of(*columns):
    description = bars.TextColumn('{task.description}', markup=False)
    return bars.Progress(description, bars.BarColumn(), *columns, console=CONSOLE)


def bring_in_all(args, ledger):
    with progress_of(bars.FileSizeColumn()) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        def shrink(sequence, place):
            task = progress.add_task(f'Copying {sequence.name} at {args.height} pixels', total=None)
            shrink_sequence(sequence, place, args.height, args.view, pool, partial(progress.advance, task))
            progress.update(task, visible=False)

        for source in args.sources:
            task = progress.add_task(f'Unpacking {source.name}', total=None, visible=source.is_file())
            bring_in(source, args.out, ledger, partial(progress.advance, task),
                     None if args.height is None else shrink, args.max_unpacked)
            progress.update(task, total=1, completed=1, visible=False)


def check_all(domains, view, ledger):
    """Print every problem, and return {(scene, condition): number of frames} of the domains that have none."""
    sound = {}
    columns = bars.MofNCompleteColumn(), bars.TimeRemainingColumn()
    with progress_of(*columns) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        for domain, folder in domains.items():
            frames = frame_files(folder, view)
            files = [file for frame in frames for file in frame if file.is_file()]
            key, problems = f'{folder.name}/{view}', []
            size = None if unpaired_frames(folder, view) else ledger.get(key, files, is_size)
            if not size:
                task = progress.add_task(f"Checking {'/'.join(domain)}", total=len(frames))
                problems, size = check_sequence(folder, view, pool, lambda task=task: progress.advance(task))
                progress.update(task, visible=False)
                if not problems:
                    ledger.record(key, [file for frame in frames for file in frame], size)
            for problem in problems:
                progress.print(problem)
            if not problems:
                sound[domain] = len(frames)
                progress.print(f"{'/'.join(domain)}: {len(frames)} frames of {size[0]}x{size[1]}, all well")
    return sound


def main():
    args = parse_args()
    root, sequences = args.out, dict(args.sequences)
    check_name(root, 'the command line')
    root.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(root / ('.prepared.json' if args.height is None else f'.prepared_{args.height}.json'))
    bring_in_all(args, ledger)

    domains = find_domains(root, sequences)
    unused = {folder.name for folder in find_sequences(root)} - {folder.name for folder in domains.values()}
    if unused:
        CONSOLE.print(f"Not used, as --sequences does not name them: {', '.join(sorted(unused))}")
    sound = check_all(domains, args.view, ledger)
    short = too_few_frames(sound, args.train, args.val)
    for sentence in short.values():
        CONSOLE.print(sentence)
    ready = [domain for domain in sound if domain not in short]
    if ready:
        write_splits(root, args.train, args.val, args.seed,
                     sequences=sequences, view=args.view, domains=ready)
        CONSOLE.print(f"{root / 'splits'}: lists of {args.train} train and {args.val} val frames for "
                      f'{len(ready)} domain(s)')
    left_out = ['/'.join(domain) for domain in domains if domain not in ready]
    if left_out or not ready:
        sys.exit(f"No split lists for {', '.join(left_out) or 'any domain'}: mend the above and run this "
                 'again.')


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()

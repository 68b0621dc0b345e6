"""Render mini-SYNTHIA, ten small domains in the layout of SYNTHIA, and split it.

    advbn-seg make-mini-synthia data/mini_synthia
    advbn-seg make-mini-synthia data/large --frames 60 --size 760 1280 --train 40 --val 20
"""
from ..errors import UserError
from .arguments import at_least, picture


def add_arguments(parser):
    parser.add_argument('root', nargs='?', default='data/mini_synthia', help='folder to write to (%(default)s)')
    parser.add_argument('--frames', type=at_least(1), default=280, help='frames of each domain (280)')
    parser.add_argument('--size', type=int, nargs=2, default=(96, 160), metavar=('HEIGHT', 'WIDTH'),
                        help='pixels of a frame, up to 760 1280 (96 160)')
    parser.add_argument('--seed', type=int, default=0, help='another seed drives through other worlds (0)')
    parser.add_argument('--workers', type=at_least(1), help='processes (all cores)')
    parser.add_argument('--train', type=at_least(1), default=240, help='training frames of each domain (240)')
    parser.add_argument('--val', type=at_least(1), default=40, help='validation frames of each domain (40)')
    parser.add_argument('--contact-sheet', metavar='PNG', type=picture,
                        help='draw a frame of each domain into this file, no more')


def run(args):
    if args.train + args.val > args.frames and not args.contact_sheet:
        raise UserError(f'--frames {args.frames} cannot be split into --train {args.train} and --val {args.val}: they '
                        f'need {args.train + args.val} frames, so give more frames or smaller splits')

    import time

    import cv2

    from ..datasets.splits import write_splits
    from ..runtime.atomic_io import replacing
    from ..synthetic.mini_synthia import contact_sheet, write_sequences
    from ..synthetic.progress import progress_bar

    if args.contact_sheet:
        with replacing(args.contact_sheet) as temporary:
            sheet = contact_sheet(tuple(args.size), args.seed)[..., ::-1]
            temporary.write_bytes(cv2.imencode(temporary.suffix, sheet)[1])
        print(f'Ten domains at {args.size[1]}x{args.size[0]} in {args.contact_sheet}.')
        return
    began = time.perf_counter()
    with progress_bar('mini-SYNTHIA') as progress:
        rendered = write_sequences(args.root, args.frames, tuple(args.size), args.seed, args.workers, progress)
    write_splits(args.root, args.train, args.val, args.seed)
    seconds = time.perf_counter() - began
    print(f'Ten domains in {args.root}: {rendered} frames rendered in {seconds:.0f} s, '
          f'{10 * args.frames - rendered} kept; '
          f'{args.train} + {args.val} of each listed in {args.root}/splits.')

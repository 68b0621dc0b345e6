"""Make ImageNet-Instagram from any folder of CLASS/IMAGE: 20 photo filters, OUT/FILTER/CLASS/IMAGE.

    python tools/make_imagenet_instagram.py imagenet/val imagenet-instagram

Interrupted, the same command goes on where it stopped. Nothing in the filters is random.
"""
import argparse

from rich.progress import Progress

from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.synthetic.filters import FILTERS, filter_changes
from advbn_seg.synthetic.image_variants import make_variants


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('images', help='folder of CLASS/IMAGE')
    parser.add_argument('out', help='folder to write to')
    parser.add_argument('--filters', nargs='+', choices=FILTERS, default=FILTERS, metavar='NAME',
                        help='which of the 20 (all)')
    parser.add_argument('--limit', type=int, metavar='N',
                        help='only N of the images, at equal distances; others that are there stay')
    parser.add_argument('--workers', type=int, help='processes (all cores)')
    return parser.parse_args()


def main():
    args = parse_args()
    with Progress() as bar:
        task = bar.add_task('ImageNet-Instagram', total=None)
        written = make_variants(args.images, args.out, filter_changes(args.filters), limit=args.limit,
                                workers=args.workers,
                                progress=lambda done, total: bar.update(task, completed=done, total=total))
    print(f'{args.out}: {len(args.filters)} filters ({written} images written now).')


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()

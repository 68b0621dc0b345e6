"""Make ImageNet-C from any folder of CLASS/IMAGE: 15 corruptions in 5 severities, OUT/CORRUPTION/SEVERITY/CLASS/IMAGE.

    python tools/make_imagenet_c.py imagenet/val imagenet-c
    python tools/make_imagenet_c.py imagenet/val imagenet-c-small --limit 1000 --corruptions fog frost

Interrupted, the same command goes on where it stopped. The look of an image depends on its name and the seed only.
"""
import argparse
from functools import partial

from rich.progress import Progress

from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.synthetic.corruptions import CORRUPTIONS, corruption_changes, crop
from advbn_seg.synthetic.image_variants import make_variants


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('images', help='folder of CLASS/IMAGE')
    parser.add_argument('out', help='folder to write to')
    parser.add_argument('--corruptions', nargs='+', choices=CORRUPTIONS, default=CORRUPTIONS, metavar='NAME',
                        help='which of the 15 (all)')
    parser.add_argument('--resize', type=int, default=256, help='short side before the crop, pixels (256)')
    parser.add_argument('--crop', type=int, default=224, help='side of the centre crop; 0 keeps images whole (224)')
    parser.add_argument('--limit', type=int, metavar='N',
                        help='only N of the images, at equal distances; others that are there stay')
    parser.add_argument('--seed', type=int, default=0, help='of the noise (0)')
    parser.add_argument('--workers', type=int, help='processes (all cores)')
    return parser.parse_args()


def main():
    args = parse_args()
    prepare = partial(crop, short_side=args.resize, side=args.crop) if args.crop else None
    settings = dict(resize=args.resize, crop=args.crop) if args.crop else {}
    with Progress() as bar:
        task = bar.add_task('ImageNet-C', total=None)
        written = make_variants(args.images, args.out, corruption_changes(args.corruptions), prepare, args.seed,
                                settings, args.limit, args.workers,
                                lambda done, total: bar.update(task, completed=done, total=total))
    print(f'{args.out}: {len(args.corruptions)} corruptions in 5 severities ({written} images written now).')


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()

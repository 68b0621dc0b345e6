"""Make ImageNet-C from any folder of CLASS/IMAGE: 15 corruptions in 5 severities.

    advbn-seg make-imagenet-c imagenet/val imagenet-c
    advbn-seg make-imagenet-c imagenet/val imagenet-c-small --limit 1000 --corruptions fog frost

Images go to OUT/CORRUPTION/SEVERITY/CLASS/IMAGE. Interrupted, the same command goes on where it stopped. The look of an
image depends on its name and the seed only.
"""
from ..errors import UserError
from .arguments import at_least, one_of


def add_arguments(parser):
    parser.add_argument('images', help='folder of CLASS/IMAGE, or one with such a folder val')
    parser.add_argument('out', help='folder to write to')
    parser.add_argument('--corruptions', nargs='+', type=one_of('synthetic.corruptions:CORRUPTIONS'),
                        metavar='NAME', help='which of the 15, such as fog (all)')
    parser.add_argument('--resize', type=at_least(1), default=256, help='short side before the crop, pixels (256)')
    parser.add_argument('--crop', type=at_least(0), default=224,
                        help='side of the centre crop; 0 keeps images whole, and they are resized when scored (224)')
    parser.add_argument('--limit', type=at_least(1), metavar='N',
                        help='only N of the images, at equal distances; others that are there stay')
    parser.add_argument('--seed', type=int, default=0, help='of the noise (0)')
    parser.add_argument('--workers', type=at_least(1), help='processes (all cores)')


def run(args):
    if args.crop > args.resize:
        raise UserError(f'--crop {args.crop} needs a --resize of at least as many pixels, found {args.resize}')
    from functools import partial

    from ..synthetic.corruptions import CORRUPTIONS, corruption_changes, crop
    from ..synthetic.image_variants import make_variants
    from ..synthetic.progress import progress_bar

    prepare = partial(crop, short_side=args.resize, side=args.crop) if args.crop else None
    settings = dict(resize=args.resize, crop=args.crop) if args.crop else {}
    names = args.corruptions or CORRUPTIONS
    with progress_bar('ImageNet-C') as progress:
        written = make_variants(args.images, args.out, corruption_changes(names), prepare, args.seed, settings,
                                args.limit, args.workers, progress)
    print(f'{args.out}: {len(names)} corruptions in 5 severities ({written} images written now).')

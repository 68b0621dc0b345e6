"""Make ImageNet-Instagram from any folder of CLASS/IMAGE: 20 photo filters.

    advbn-seg make-imagenet-instagram imagenet/val imagenet-instagram

Images go to OUT/FILTER/CLASS/IMAGE. Interrupted, the same command goes on where it stopped. Nothing in the filters
is random.
"""
from .arguments import at_least, one_of


def add_arguments(parser):
    parser.add_argument('images', help='folder of CLASS/IMAGE, or one with such a folder val')
    parser.add_argument('out', help='folder to write to')
    parser.add_argument('--filters', nargs='+', type=one_of('synthetic.filters:FILTERS'), metavar='NAME',
                        help='which of the 20, such as toaster (all)')
    parser.add_argument('--limit', type=at_least(1), metavar='N',
                        help='only N of the images, at equal distances; others that are there stay')
    parser.add_argument('--workers', type=at_least(1), help='processes (all cores)')


def run(args):
    from ..synthetic.filters import FILTERS, filter_changes
    from ..synthetic.image_variants import make_variants
    from ..synthetic.progress import progress_bar

    names = args.filters or FILTERS
    with progress_bar('ImageNet-Instagram') as progress:
        written = make_variants(args.images, args.out, filter_changes(names), limit=args.limit, workers=args.workers,
                                progress=progress)
    print(f'{args.out}: {len(names)} filters ({written} images written now).')

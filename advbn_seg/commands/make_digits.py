"""Write the digits benchmark, a classification benchmark from installed packages.

    advbn-seg make-digits data/digits
"""


def add_arguments(parser):
    parser.add_argument('root', nargs='?', default='data/digits', help='folder to write to (%(default)s)')


def run(args):
    from ..synthetic.digits import write_digits

    written = write_digits(args.root)
    print(f'{args.root}: mnist/train, mnist/val and uci ({written} images written now).')

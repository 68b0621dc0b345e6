"""Write the digits benchmark from installed packages: python tools/make_digits.py data/digits."""
import argparse

from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.synthetic.digits import write_digits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', nargs='?', default='data/digits', help='folder to write to (data/digits)')
    args = parser.parse_args()
    with errors_in_one_sentence():
        written = write_digits(args.root)
    print(f'{args.root}: mnist/train, mnist/val and uci ({written} images written now).')


if __name__ == '__main__':
    main()

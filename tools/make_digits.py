"""The command `advbn-seg make-digits` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['make-digits', *sys.argv[1:]])

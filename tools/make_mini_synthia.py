"""The command `advbn-seg make-mini-synthia` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['make-mini-synthia', *sys.argv[1:]])

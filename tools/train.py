"""The command `advbn-seg train` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['train', *sys.argv[1:]])

"""The command `advbn-seg export` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['export', *sys.argv[1:]])

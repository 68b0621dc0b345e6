"""The command `advbn-seg test` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['test', *sys.argv[1:]])

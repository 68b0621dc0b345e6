"""The command `advbn-seg experiments` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['experiments', *sys.argv[1:]])

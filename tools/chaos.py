"""The command `advbn-seg chaos` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['chaos', *sys.argv[1:]])

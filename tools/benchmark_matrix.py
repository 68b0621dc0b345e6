"""The command `advbn-seg benchmark-matrix` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['benchmark-matrix', *sys.argv[1:]])

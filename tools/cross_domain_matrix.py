"""The command `advbn-seg matrix` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['matrix', *sys.argv[1:]])

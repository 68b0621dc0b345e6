"""The command `advbn-seg benchmark-data` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['benchmark-data', *sys.argv[1:]])

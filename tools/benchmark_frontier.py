"""The command `advbn-seg benchmark-frontier` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['benchmark-frontier', *sys.argv[1:]])

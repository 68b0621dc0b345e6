"""The command `advbn-seg benchmark-strength` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['benchmark-strength', *sys.argv[1:]])

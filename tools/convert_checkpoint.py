"""The command `advbn-seg convert` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['convert', *sys.argv[1:]])

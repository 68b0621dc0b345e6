"""The command `advbn-seg plot-sweep` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['plot-sweep', *sys.argv[1:]])

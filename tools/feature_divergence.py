"""The command `advbn-seg divergence` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['divergence', *sys.argv[1:]])

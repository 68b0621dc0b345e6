"""The command `advbn-seg prepare-synthia` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['prepare-synthia', *sys.argv[1:]])

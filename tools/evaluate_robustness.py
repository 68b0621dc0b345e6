"""The command `advbn-seg robustness` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['robustness', *sys.argv[1:]])

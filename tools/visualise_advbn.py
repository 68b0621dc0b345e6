"""The command `advbn-seg visualise` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['visualise', *sys.argv[1:]])

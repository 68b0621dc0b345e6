"""The command `advbn-seg make-imagenet-c` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['make-imagenet-c', *sys.argv[1:]])

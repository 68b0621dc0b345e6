"""The command `advbn-seg make-imagenet-advbn` by its path in a clone."""
import sys

from advbn_seg.commands import main

if __name__ == '__main__':
    main(['make-imagenet-advbn', *sys.argv[1:]])

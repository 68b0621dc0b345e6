"""`python -m advbn_seg COMMAND ...` is `advbn-seg COMMAND ...`."""
from .commands import main

if __name__ == '__main__':
    main()

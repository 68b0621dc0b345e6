"""Make a plain checkpoint of an AdvBN one: python tools/export_checkpoint.py CHECKPOINT OUT [--norm-branch aux].

OUT loads into the stock model and predicts as CHECKPOINT does through the norms of that branch.
"""
import argparse

from advbn_seg.adversarial import NORM_BRANCHES
from advbn_seg.checkpoints.export import export_checkpoint
from advbn_seg.runtime.command_line import check_checkpoint, errors_in_one_sentence


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help='checkpoint of an AdvBN training')
    parser.add_argument('out', help='file to write')
    parser.add_argument('--norm-branch', choices=NORM_BRANCHES, default='main', help='norms to keep (%(default)s)')
    args = parser.parse_args()
    with errors_in_one_sentence():
        check_checkpoint(args.checkpoint)
        state = export_checkpoint(args.checkpoint, args.out, args.norm_branch)
    print(f'{args.out}: {len(state)} entries, with the {args.norm_branch} norms')


if __name__ == '__main__':
    main()

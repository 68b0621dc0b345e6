"""Make a plain checkpoint of an AdvBN one.

    advbn-seg export work_dirs/RUN/epoch_30.pth plain.pth
    advbn-seg export work_dirs/RUN/epoch_30.pth plain.pth --norm-branch aux

OUT loads into the stock model and predicts as CHECKPOINT does through the norms of that branch.
"""
from ..network.branches import NORM_BRANCHES


def add_arguments(parser):
    parser.add_argument('checkpoint', help='checkpoint of an AdvBN training')
    parser.add_argument('out', help='file to write')
    parser.add_argument('--norm-branch', choices=NORM_BRANCHES, default='main', help='norms to keep (%(default)s)')


def run(args):
    from ..checkpoints.export import export_checkpoint
    from ..runtime.command_line import check_checkpoint

    check_checkpoint(args.checkpoint)
    state = export_checkpoint(args.checkpoint, args.out, args.norm_branch)
    print(f'{args.out}: {len(state)} entries, with the {args.norm_branch} norms')

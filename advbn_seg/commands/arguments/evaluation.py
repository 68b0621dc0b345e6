"""The flags of every evaluation, which `reports.command_line.evaluate` reads."""
import os
from pathlib import Path

from ... import config_files
from ...network.branches import NORM_CHOICES
from . import LAUNCHERS, add_cfg_options, add_device, at_least, folder


def add_evaluation_arguments(parser, file, out, branch):
    """Add the flags.

    Args:
        file (str): JSON file in which the rows gather.
        out (str): folder of the results unless told otherwise.
        branch (str): what `--norm-branch` is unless told otherwise.
    """
    parser.add_argument('runs', nargs='*', type=config_files.find_run, metavar='RUN',
                        help='work dirs of trainings, or the CONFIG and CHECKPOINT of one')
    parser.add_argument('--out', type=folder,
                        help=f'folder of the results (default: {out}, or that of the first --from-json FILE)')
    parser.add_argument('--from-json', type=Path, nargs='+', default=[], metavar='FILE',
                        help=f'make the outputs from the rows of one {file} or more')
    parser.add_argument('--domains', type=config_files.find, metavar='FILE',
                        help="config file whose keys 'domains' and 'source_domain' take the place of those of every "
                        'RUN')
    parser.add_argument('--norm-branch', nargs='+', choices=NORM_CHOICES,
                        help=f'the norms that AdvBN runs are scored with, a row for each (default: {branch})')
    parser.add_argument('--batch-size', type=at_least(1), help="instead of the config's")
    parser.add_argument('--num-workers', type=at_least(0), help="instead of the config's")
    add_device(parser)
    add_cfg_options(parser, 'changes to the config of every RUN')
    parser.add_argument('--launcher', choices=LAUNCHERS,
                        default='pytorch' if 'TORCHELASTIC_RUN_ID' in os.environ else 'none',
                        help='what started the processes that share the images (torchrun is recognised)')
    parser.set_defaults(default_out=Path(out), default_branch=branch)

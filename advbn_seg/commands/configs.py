"""List the configs that come with advbn_seg, or copy one with its bases.

    advbn-seg configs
    advbn-seg configs copy mini_synthia_highway_dawn_advbn my_configs

A command that takes a config takes one of these names, too. `--method` takes one of the methods.
"""
from pathlib import Path

from .. import config_files


def add_arguments(parser):
    actions = parser.add_subparsers(dest='action', metavar='copy')
    copy = actions.add_parser('copy', help='copy a config and its bases', description='Copy a config and its bases.')
    copy.add_argument('name', help='one of those that advbn-seg configs lists')
    copy.add_argument('folder', type=Path, help='where to; the files keep their places below')


def run(args):
    if args.action == 'copy':
        print(*config_files.copy(args.name, args.folder), sep='\n')
        return
    print(*config_files.names(), sep='\n')
    print(f'\nmethods: {", ".join(config_files.methods())}\nall of them are in {config_files.CONFIGS}')

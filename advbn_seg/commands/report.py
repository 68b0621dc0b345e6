"""Make the tables, pictures and page of an evaluation once more, from its JSON files.

    advbn-seg report work_dirs/cross_domain/matrix.json
    advbn-seg report A/robustness.json B/robustness.json --out BOTH

The same as `advbn-seg matrix --from-json` or `advbn-seg robustness --from-json`, whichever the name of the file says.
"""
from pathlib import Path

from ..errors import UserError

COMMANDS = {'matrix.json': 'matrix', 'robustness.json': 'robustness'}


def add_arguments(parser):
    parser.add_argument('files', nargs='+', type=Path, metavar='FILE', help='matrix.json or robustness.json')
    parser.add_argument('--out', type=Path, help='folder of the results (default: that of the first FILE)')


def run(args):
    from . import main

    names = {file.name for file in args.files}
    if len(names) > 1 or not names <= COMMANDS.keys():
        raise UserError(f'files that are all called {" or all ".join(COMMANDS)} were expected, found '
                        f'{", ".join(sorted(names))}')
    out = ['--out', str(args.out)] if args.out else []
    main([COMMANDS[names.pop()], '--from-json', *map(str, args.files), *out])

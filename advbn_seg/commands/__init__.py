"""The command `advbn-seg`. Each module is one subcommand, and says nothing heavy before its arguments are parsed.

A module `make_digits.py` is `advbn-seg make-digits`. Its docstring is the help, `add_arguments(parser)` has the flags,
and `run(args)` does the work. What needs torch or an mm package is imported inside of `run`: `--help` comes at once.
"""
import signal
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from ..errors import UserError
from ..version import __version__

STOPPED = {  # what to do after Ctrl-C, of commands that keep what is done
    **dict.fromkeys(('demo', 'experiments', 'make-digits', 'make-imagenet-advbn', 'make-imagenet-c',
                     'make-imagenet-instagram', 'make-mini-synthia', 'matrix', 'prepare-synthia', 'robustness'),
                    'Run the same command again to go on.'),
    'train': 'The same command with --resume goes on from the last checkpoint.'}
NAMES = sorted(path.stem.replace('_', '-') for path in Path(__file__).parent.glob('[a-z]*.py'))


def main(argv=None):
    """Run `advbn-seg COMMAND ...`.

    A mistake of the user ends the program with one sentence and exit code 2, a training that diverges with 3.

    Args:
        argv (list[str], optional): the words after `advbn-seg`; those of the command line unless given.
    """
    name, *words = (sys.argv[1:] if argv is None else argv) or ['--help']
    if {'-h', '--help'} & {name, *words}:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` may end what only prints
    if name in ('-h', '--help'):
        print(overview())
    elif name == '--version':
        print(__version__)
    elif name in NAMES:
        run(name, words)
    else:
        meant = get_close_matches(name, NAMES, n=1)
        print(f"error: there is no command '{name}'{f': did you mean {meant[0]}' if meant else ''}; advbn-seg --help "
              'lists them', file=sys.stderr)
        sys.exit(2)


def run(name, words):
    """Parse the arguments of a command and do its work, with mistakes told in one sentence."""
    try:
        args = parser_of(name).parse_args(words)
        sys.argv = ['advbn-seg', name, *words]  # which a report names as the command that made it
        from ..runtime.one_sentence import errors_in_one_sentence
    except UserError as error:  # a package is missing
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)
    config = f'config {args.config}' if hasattr(args, 'config') else 'the config'
    with errors_in_one_sentence(config, STOPPED.get(name)):
        from ..runtime.compat.import_messages import leave_out_import_messages
        leave_out_import_messages()
        status = import_module(f'{__name__}.{name.replace("-", "_")}').run(args)
        if 'torch' in sys.modules:  # without it there is no group to leave, and importing it takes seconds
            from ..runtime.process_group import leave_process_group
            leave_process_group()
    if status:
        sys.exit(status)


def parser_of(name):
    """Return the parser of a command."""
    module = import_module(f'{__name__}.{name.replace("-", "_")}')
    parser = ArgumentParser(prog=f'advbn-seg {name}', description=module.__doc__,
                            formatter_class=RawDescriptionHelpFormatter)
    module.add_arguments(parser)
    return parser


def overview():
    """Return the help of `advbn-seg` itself: each command with the first line of its help."""
    lines = []
    for name in NAMES:
        summary = import_module(f'{__name__}.{name.replace("-", "_")}').__doc__.partition('\n')[0]
        lines.append(f'  {name:24} {summary}')
    return '\n'.join(['usage: advbn-seg COMMAND ...        advbn-seg COMMAND --help tells more', '', *lines])

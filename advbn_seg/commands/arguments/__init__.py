"""Arguments that several commands share, without anything heavy imported before they are parsed."""
import argparse
import re
from importlib import import_module
from pathlib import Path

from ... import config_files

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')


def one_of(place):
    """Return the `type` of an argument whose choices a heavy module knows: it is imported when a word is checked.

    Args:
        place (str): module below advbn_seg and the name in it, such as 'synthetic.filters:FILTERS'.
    """
    module, _, names = place.partition(':')

    def checked(word):
        known = getattr(import_module(f'advbn_seg.{module}'), names)
        if word not in known:
            raise argparse.ArgumentTypeError(f"'{word}' is none of {', '.join(known)}")
        return word

    return checked


def at_least(least):
    """Return the `type` of an argument that is a whole number of at least so much."""
    def number(word):
        if not re.fullmatch(r'-?\d+', word) or int(word) < least:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, found '{word}'")
        return int(word)

    return number


def folder(word):
    """Return the path of a folder that is there or can be made, as the `type` of an argument."""
    if Path(word).exists() and not Path(word).is_dir():
        raise argparse.ArgumentTypeError(f"'{word}' is a file, where a folder was expected: name another")
    return Path(word)


def picture(word):
    """Return a word that names a picture to write, as the `type` of an argument."""
    if not word.lower().endswith(('.png', '.jpg', '.jpeg')):
        raise argparse.ArgumentTypeError(f"'{word}' is no name of a picture: let it end in .png or .jpg")
    return word


class CfgOptions(argparse.Action):
    """Reads the KEY=VALUE of mmengine's tools."""

    def __call__(self, parser, namespace, values, option_string=None):
        from ...runtime.cfg_options import options
        try:
            given = options(values)
        except ValueError as error:
            parser.error(f'{option_string} {error}')
        setattr(namespace, self.dest, {**(getattr(namespace, self.dest) or {}), **given})


def option(word):
    """Return a word KEY=VALUE as it is, as the `type` of an argument that goes to another command."""
    try:
        from ...runtime.cfg_options import options
        options([word])
    except ValueError as error:  # of the word, or of an installation
        raise argparse.ArgumentTypeError(error) from None
    return word


def add_config(parser):
    """Add the argument `config`, a file or the name of one that comes with advbn_seg."""
    parser.add_argument('config', type=config_files.find,
                        help='config file, or the name of one that advbn-seg configs lists')


def add_device(parser):
    """Add --device."""
    parser.add_argument('--device', help='such as cpu or cuda:0 (default: a GPU if there is one)')


def add_cfg_options(parser, help='changes to the config'):
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions, metavar='KEY=VALUE', help=help)

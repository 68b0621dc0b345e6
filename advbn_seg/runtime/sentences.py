"""Errors that a user can mend, and the one sentence that tells how; any other is a bug, and keeps its traceback."""
import re
import sysconfig
import traceback
from pathlib import Path

from ..errors import UserError

PACKAGE, PYTHON = str(Path(__file__).parents[1]), sysconfig.get_path('stdlib')
INSTALLED = {'dist-packages', 'site-packages'}
ADVICE = {  # what the operating system says: what to do
    'No space left on device|Disk quota exceeded|File too large': 'make room, and run the same command again',
    'Permission denied|Operation not permitted|Read-only file system': 'change its permissions, or choose another path',
}


def sentence_of(error, config):
    """Return the sentence for an error that its user can mend, or None.

    Such errors are `UserError`, and those of files, disks and the network (OSError). Errors that mmengine meets while
    it reads or builds `config` count too. All may come from this process or a worker of a data loader.

    Args:
        error (Exception): as it was caught.
        config (str): what to call the config.
    """
    said, calls = what_and_where(error)
    if isinstance(error, UserError):
        return said
    if isinstance(error, OSError):
        advice = next((advice for pattern, advice in ADVICE.items() if re.search(pattern, said)), None)
        return f'{said.rstrip(".")}; {advice}' if advice else said
    if is_of_the_config(calls):
        return f'{config}: {said.partition(". ")[0]} (ADVBN_TRACEBACK=1 shows where)'
    return None


def what_and_where(error):
    """Return the message of an error on one line, and the (file, line, function) of each call that led to it."""
    _, in_worker, text = str(error).partition('Original Traceback')
    if in_worker:  # of a data loader, which sends its traceback as text
        calls = re.findall(r'^ +File "(.+)", line (\d+), in (.+)$', text, re.MULTILINE)
        said = text.strip().splitlines()[-1].partition(': ')[2]
    else:
        calls = [(call.filename, call.lineno, call.name) for call in traceback.extract_tb(error.__traceback__)]
        said = str(error)
    if isinstance(error, KeyError):  # whose text is the repr of its argument
        said = said.strip('\'"')
        said = f"the key '{said}' is missing" if said.isidentifier() else said
    said = re.sub(r'^\[Errno -?\d+\] ', '', ' '.join(said.split()))
    said = ''.join(character if character.isprintable() else repr(character)[1:-1] for character in said)
    return said or type(error).__name__, calls


def own_file(error):
    """Return words that name a user's own file, such as that of a data set, if an error comes from it and not from us.

    Args:
        error (Exception): of this process, or of a worker of a data loader.
    """
    for file, line, _ in reversed(what_and_where(error)[1]):
        if file.startswith(PACKAGE):
            return None
        if Path(file).is_file() and not file.startswith(PYTHON) and INSTALLED.isdisjoint(Path(file).parts):
            return f'the error comes from {file}, line {line}, which is not of advbn_seg: look there first'
    return None


def is_of_the_config(calls):
    """Return whether mmengine's last call that reads or builds a config led to an error, with no code of ours below."""
    places = [place for place, call in enumerate(calls) if reads_or_builds(call[0], call[-1])]
    return bool(places) and not any(file.startswith(PACKAGE) for file, _, _ in calls[places[-1]:])


def reads_or_builds(file, function):
    """Return whether a call is one of mmengine that reads a config, or builds something from a config."""
    if file.endswith('mmengine/runner/runner.py'):
        return function == 'from_cfg' or function.startswith('build_')
    return 'mmengine/config/' in file or 'mmengine/registry/' in file

"""How a command ends that fails: in one sentence on stderr, for all that is not a bug."""
import os
import select
import signal
import sys
import traceback
from contextlib import contextmanager

from ..errors import UserError
from .sentences import own_file, sentence_of
from .torch_errors import user_errors_of_torch

BUG = 'this is a bug of advbn_seg: please report it with the lines above'


@contextmanager
def errors_in_one_sentence(config='the config', stopped=None):
    """End the program as a command does: in one sentence on stderr, for all that is not a bug.

    An error for which `sentence_of` has a sentence ends the program with exit code 2, `Diverged` with 3, Ctrl-C with
    130. Any other error is a bug, of ours or in a file of the user's: its traceback is shown, and the exit code is 1.
    With ADVBN_TRACEBACK set in the environment all errors pass as they are.

    Args:
        config (str): what to call the config in a sentence.
        stopped (str, optional): what to do after Ctrl-C, as a sentence.
    """
    try:
        with user_errors_of_torch():
            yield
    except (Exception, KeyboardInterrupt) as error:
        if interrupted(error):
            print(' '.join(filter(None, ('Stopped.', stopped))), file=sys.stderr)
            sys.exit(128 + signal.SIGINT)
        if isinstance(error, BrokenPipeError) and has_no_reader(sys.stdout):  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still flushes
            sys.exit(128 + signal.SIGPIPE)
        if os.environ.get('ADVBN_TRACEBACK'):
            raise
        sentence = sentence_of(error, config)
        if sentence is None:
            traceback.print_exc()
            print(own_file(error) or BUG, file=sys.stderr)
            sys.exit(1)
        print(f'error: {sentence}', file=sys.stderr)
        sys.exit(error.exit_code if isinstance(error, UserError) else UserError.exit_code)


def interrupted(error):
    """Return whether Ctrl-C was behind an error: mmengine's bare `except` makes a complaint about the config of it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def has_no_reader(stream):
    """Return whether a stream is a pipe whose reader has gone."""
    poll = select.poll()
    poll.register(stream, 0)  # an error is reported in any case
    return bool(poll.poll(0))

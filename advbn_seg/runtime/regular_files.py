"""Files that can be read to their end, under names that can be written."""
import os
import stat
from unicodedata import category

from ..errors import UserError


def check_regular(*paths):
    """See that each path is an ordinary file, or a link to one; a missing file is left to the code that opens it.

    Reading a FIFO would wait for ever, and so would some devices.

    Raises:
        UserError: A path is a FIFO, a socket or a device.
    """
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError):
            continue
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise UserError(f'{path} is a FIFO, a socket or a device, but a file was expected: get the file from its '
                            'source again')


def check_name(name, where):
    """See that the name of a file is text, without what would command a terminal.

    Args:
        name (str | Path): As the system gives it.
        where (str | Path): The folder, archive or command line that gives the name.

    Raises:
        UserError: The name is not UTF-8, or has a control character, as a line break is one.
    """
    if any(category(character) == 'Cc' for character in str(name)):
        raise UserError(f'{where} has a file whose name has a control character, {str(name)!r}: rename the file')
    try:
        str(name).encode()
    except UnicodeEncodeError:
        readable = os.fsencode(name).decode('ascii', 'backslashreplace')
        raise UserError(f"{where} has a file whose name is not UTF-8, '{readable}': rename the file, or unpack its "
                        'archive with a program that knows its encoding') from None

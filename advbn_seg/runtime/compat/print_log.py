"""mmengine prints a message for debugging where no logger is named, such as "Could not import OneDL"."""
import logging

from mmengine import logging as theirs

original = theirs.print_log


def leave_out_debug_lines():
    """Have modules that are imported from now on print no such message; a logger of a name decides as ever."""
    theirs.print_log = print_log


def print_log(msg, logger=None, level=logging.INFO):
    if logger is not None or level > logging.DEBUG:
        original(msg, logger, level)

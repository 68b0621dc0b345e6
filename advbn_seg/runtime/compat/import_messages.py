"""What the mm packages say of parts that they do without while they are imported; it frightens, and nobody need act."""
import logging
import warnings

from mmengine import logging as theirs

original = theirs.print_log


def leave_out_import_messages():
    """Have packages that are imported from now on say nothing of a missing OneDL, or of compiled operators.

    mmengine prints a message for debugging where no logger is named; a logger of a name decides as ever.
    """
    theirs.print_log = print_log
    warnings.filterwarnings('ignore', 'Fail to import ``MultiScaleDeformableAttention``', UserWarning)


def print_log(msg, logger=None, level=logging.INFO):
    if logger is not None or level > logging.DEBUG:
        original(msg, logger, level)

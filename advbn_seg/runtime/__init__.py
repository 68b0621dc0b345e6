"""What mmengine lacks: exact resuming, safe checkpoints, termination, errors in one sentence, the command line.

Every room that needs one of the mm packages comes through here, so here they are checked.
"""
from .environment import check_environment

check_environment('mmengine')

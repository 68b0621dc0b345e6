"""Several processes: a start on CPUs, as mmengine's launchers ask for GPUs, what they agree on, and a clean end."""
import gc

import torch
from mmengine.dist import all_reduce
from torch import distributed

from ..errors import UserError
from ..network.collectives import has_process_group


def start_cpu_ranks(launcher):
    """Start a gloo process group where torchrun started this process on a machine without GPUs.

    Returns:
        bool: whether there is such a group.

    Raises:
        UserError: if another launcher started this process; the others serve GPUs only.
    """
    if launcher == 'none' or torch.cuda.is_available():
        return False
    if launcher != 'pytorch':
        raise UserError(f'--launcher {launcher} needs GPUs, and there is none here: on CPUs start with torchrun and '
                        '--launcher pytorch')
    if not distributed.is_initialized():
        distributed.init_process_group('gloo')
    return True


def leave_process_group():
    """Leave the process group, where there is one, while Python still runs.

    A thread of gloo that lets go of a tensor while the interpreter ends aborts the process, and so fails a training
    that was complete (https://github.com/pytorch/pytorch/pull/179291).
    """
    if has_process_group():
        gc.collect()  # what a runner and its model hold, in circles, goes first
        distributed.destroy_process_group()


def largest_of_all_processes(number):
    """Return the largest of the integers that the processes of a training give; all of them must ask."""
    largest = torch.tensor(int(number))
    all_reduce(largest, 'max')
    return int(largest)

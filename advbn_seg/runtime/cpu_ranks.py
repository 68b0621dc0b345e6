"""Several processes on CPUs; mmengine's launchers ask for GPUs."""
import torch
from torch import distributed

from ..errors import UserError


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

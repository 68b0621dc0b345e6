"""Mixed precision wherever a training runs; mmengine's own wants an accelerator."""
from contextlib import contextmanager

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS

from .configs import type_name


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Trains on a CPU in bfloat16 by autocast; bfloat16 has the range of float32, so there is no loss scaling.

        optim_wrapper = dict(type='advbn_seg.runtime.mixed_precision.CPUAmpOptimWrapper',
                             optimizer=dict(type='SGD', lr=0.1))
    """

    @contextmanager
    def optim_context(self, model):
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


def mixed(optim_wrapper):
    """Return the config of an `optim_wrapper`, as it trains in mixed precision on this machine.

    On a GPU an `AmpOptimWrapper` stays as it is.
    """
    if get_device() == 'cpu':
        kept = {key: value for key, value in optim_wrapper.items() if key not in ('loss_scale', 'dtype', 'use_fsdp')}
        return dict(kept, type='advbn_seg.runtime.mixed_precision.CPUAmpOptimWrapper')
    if type_name(optim_wrapper) == 'AmpOptimWrapper':
        return optim_wrapper
    return dict(optim_wrapper, type='AmpOptimWrapper', loss_scale='dynamic')

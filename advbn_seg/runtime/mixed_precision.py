"""Mixed precision wherever a training runs; mmengine's own wants an accelerator."""
from contextlib import contextmanager

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS


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


def amp_options():
    """Return the options that make an `optim_wrapper` config train in mixed precision on this machine."""
    if get_device() == 'cpu':
        return dict(type='advbn_seg.runtime.mixed_precision.CPUAmpOptimWrapper')
    return dict(type='AmpOptimWrapper', loss_scale='dynamic')

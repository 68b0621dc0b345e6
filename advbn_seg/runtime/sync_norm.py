"""Batch norms that take their statistics over all processes on CPUs, where torch's own refuse to run."""
import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from ..network.collectives import is_distributed, sum_over_ranks


class CPUSyncBatchNorm(nn.BatchNorm2d):
    """`torch.nn.SyncBatchNorm` by differentiable sums over the processes, which gloo has; for inputs (B, C, ...).

    As in torch's batch norms, statistics are those of float32 where the input has less precision.
    """

    def _check_input_dim(self, input):  # of any number of dimensions
        pass

    def forward(self, x):
        if not self.training or not is_distributed():
            return super().forward(x)
        dims = [0, *range(2, x.ndim)]
        shape = [1, -1] + [1] * (x.ndim - 2)
        count = sum_over_ranks(torch.tensor(float(x.numel() // x.shape[1])))
        precise = x.to(torch.promote_types(x.dtype, torch.float32))
        mean = sum_over_ranks(precise.sum(dims)) / count
        centred = precise - mean.view(shape)
        var = sum_over_ranks(centred.square().sum(dims)) / count
        if self.track_running_stats:
            self._follow(mean.detach(), var.detach() * count / (count - 1))  # the unbiased one, as in BatchNorm
        normalised = centred * torch.rsqrt(var + self.eps).view(shape)
        if self.affine:
            normalised = normalised * self.weight.view(shape) + self.bias.view(shape)
        return normalised.to(x.dtype)

    @torch.no_grad()
    def _follow(self, mean, var):
        self.num_batches_tracked += 1
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean), share)
        self.running_var.lerp_(var.to(self.running_var), share)


@MODEL_WRAPPERS.register_module()
class CPUDistributedDataParallel(MMDistributedDataParallel):
    """mmengine's wrapper for CPUs, with a `CPUSyncBatchNorm` in the place of each `SyncBatchNorm`.

    Parameters and buffers stay the same objects.
    """

    def __init__(self, module, **options):
        for norm in module.modules():
            if isinstance(norm, nn.SyncBatchNorm):
                norm.__class__ = CPUSyncBatchNorm
        super().__init__(module, **dict(options, device_ids=None))

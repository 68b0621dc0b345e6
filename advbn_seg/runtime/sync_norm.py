"""Batch norms whose statistics are those of all processes, also on CPUs, where torch's own refuse to run."""
import torch
from torch import nn

from ..network.collectives import several, sum_over_ranks


class CPUSyncBatchNorm(nn.SyncBatchNorm):
    """`torch.nn.SyncBatchNorm` by differentiable sums over the processes (gloo has them), for tensors on a CPU."""

    def forward(self, x):
        if x.is_cuda or not self.training or not several():
            return super().forward(x)
        dims = [0, *range(2, x.ndim)]
        shape = [1, -1] + [1] * (x.ndim - 2)
        count = sum_over_ranks(torch.tensor(float(x.numel() // x.shape[1])))
        mean = sum_over_ranks(x.sum(dims)) / count
        centred = x - mean.view(shape)
        var = sum_over_ranks(centred.square().sum(dims)) / count
        if self.track_running_stats:
            self._follow(mean.detach(), var.detach() * count / (count - 1))  # the unbiased one, as in BatchNorm
        normalised = centred * torch.rsqrt(var + self.eps).view(shape)
        return normalised * self.weight.view(shape) + self.bias.view(shape) if self.affine else normalised

    @torch.no_grad()
    def _follow(self, mean, var):
        self.num_batches_tracked += 1
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean), share)
        self.running_var.lerp_(var.to(self.running_var), share)


def synchronise(model):
    """Make the batch norms of a model take their statistics over all processes; return the model and their number.

    Parameters and buffers stay the same objects. A model that is a batch norm itself is replaced.
    """
    model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    norms = [module for module in model.modules() if isinstance(module, nn.SyncBatchNorm)]
    for norm in norms:
        norm.__class__ = CPUSyncBatchNorm
    return model, len(norms)

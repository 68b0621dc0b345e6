"""One batch over several gloo processes, against BatchNorm on the whole batch."""
import copy

import pytest
import torch
from torch import distributed, multiprocessing, nn

from advbn_seg.runtime.sync_norm import CPUDistributedDataParallel, CPUSyncBatchNorm


def network(**options):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, **options), nn.ReLU(), nn.Conv2d(4, 4, 3),
                         nn.BatchNorm2d(4, **options))


def batch():
    return torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 + 1


def two_steps(model, images):
    """The outputs of two steps, and what they leave of parameters' gradients and of statistics."""
    outputs = [model(images), model(2 * images)]
    sum((output * torch.arange(output[0].numel()).view_as(output[0]).cos()).sum() for output in outputs).backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    return torch.stack(outputs).detach(), gradients, list(model.buffers())


def run_rank(rank, ranks, folder, options):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', f'file://{folder}/store', rank=rank, world_size=ranks)
    model = nn.SyncBatchNorm.convert_sync_batchnorm(network(**options))
    parameters = list(model.parameters())
    wrapped = CPUDistributedDataParallel(model, broadcast_buffers=False)
    assert [type(model[index]) for index in (1, 4)] == [CPUSyncBatchNorm] * 2
    assert all(one is other for one, other in zip(parameters, model.parameters(), strict=True))  # the optimiser's
    outputs, gradients, buffers = two_steps(wrapped, batch()[rank::ranks])
    torch.save((outputs, [gradient * ranks for gradient in gradients], buffers), f'{folder}/{rank}')


@pytest.mark.parametrize('options', [{}, dict(affine=False), dict(momentum=None), dict(track_running_stats=False)])
def test_processes_see_the_whole_batch(tmp_path, options):
    multiprocessing.start_processes(run_rank, (2, str(tmp_path), options), nprocs=2, start_method='fork')
    outputs, gradients, buffers = two_steps(network(**options), batch())
    for rank in range(2):
        theirs = torch.load(tmp_path / str(rank))
        torch.testing.assert_close(theirs[0], outputs[:, rank::2], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(theirs[1], gradients, rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(theirs[2], buffers, rtol=1e-4, atol=1e-5)


def in_bfloat16(rank, ranks, folder):
    distributed.init_process_group('gloo', f'file://{folder}/store', rank=rank, world_size=ranks)
    norm = CPUSyncBatchNorm(3)
    output = norm((20 + batch()).bfloat16()[rank::ranks])
    torch.save((output.detach(), norm.running_mean, norm.running_var), f'{folder}/{rank}')


def test_statistics_of_bfloat16_are_those_of_float32(tmp_path):
    multiprocessing.start_processes(in_bfloat16, (2, str(tmp_path)), nprocs=2, start_method='fork')
    norm = nn.BatchNorm2d(3)
    output = norm((20 + batch()).bfloat16()).detach()
    for rank in range(2):
        theirs, mean, var = torch.load(tmp_path / str(rank))
        assert theirs.dtype == torch.bfloat16
        torch.testing.assert_close(theirs, output[rank::2], rtol=1e-2, atol=1e-4)
        torch.testing.assert_close((mean, var), (norm.running_mean, norm.running_var), rtol=1e-5, atol=1e-5)


def test_alone_and_in_eval_mode_it_is_batch_norm():
    plain = network()
    synced = copy.deepcopy(plain)
    for index in (1, 4):
        synced[index].__class__ = CPUSyncBatchNorm
    for model in (plain, synced):
        model(batch())
        model.eval()
    torch.testing.assert_close(synced(batch()), plain(batch()))

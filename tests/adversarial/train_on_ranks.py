"""Trains 20 AdvBN steps on the same global batches in 1, 2 and 4 processes, and compares.

    python -m tests.adversarial.train_on_ranks [OUT]
"""
import sys
import tempfile

import torch
from torch import distributed, multiprocessing, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from advbn_seg.adversarial import AdvBN
from advbn_seg.errors import UserError
from advbn_seg.perturbations.pixels import Pixels
from advbn_seg.runtime.process_group import leave_process_group

BATCH, STEPS = 8, 20


def network():
    """Group norms, which look at one image at a time, and a batch norm that is frozen with the prefix."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, stride=2),
                         nn.GroupNorm(2, 8), nn.ReLU(), nn.Conv2d(8, 5, 3))


def train(rank, ranks, backward=None, ddp=None, **options):
    """The deltas of each step, (STEPS, 2, C) or (STEPS, 2, B, C), and the trained parameters."""
    model = network()
    advbn = AdvBN(model, '2', **options)
    wrapped = DistributedDataParallel(model, **ddp or {}) if ranks > 1 else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    data = torch.Generator().manual_seed(1)
    deltas = []
    for step in range(STEPS):
        torch.manual_seed(step)  # alike in all processes, as exact resume seeds them
        x = torch.randn(BATCH, 3, 16, 16, generator=data)[rank::ranks]
        y = torch.randint(5, (BATCH, 4, 4), generator=data)[rank::ranks]
        optimizer.zero_grad()
        sum(advbn.losses(lambda x=x, y=y: F.cross_entropy(wrapped(x), y), backward)).backward()
        optimizer.step()
        deltas.append(torch.stack([advbn.delta_mean, advbn.delta_std]))
    return torch.stack(deltas), nn.utils.parameters_to_vector(model.parameters()).detach()


def refusal(rank, ranks, option):
    """What is said of an option of DistributedDataParallel."""
    try:
        train(rank, ranks, ddp={option: True})
    except UserError as error:
        return str(error)


def run_rank(rank, ranks, folder):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', f'file://{folder}/store{ranks}', rank=rank, world_size=ranks)
    results = dict(together=train(rank, ranks), per_image=train(rank, ranks, per_image=True),
                   drawn=train(rank, ranks, per_image=True, num_steps=0),
                   clean_first=train(rank, ranks, torch.Tensor.backward))
    torch.manual_seed(7)
    results.update(noise=Pixels(1., random_start=True).draw((torch.zeros(BATCH // ranks, 3, 2, 2),)))
    if ranks == 2:
        results.update(random=train(rank, ranks, random_start=True),
                       refused={option: refusal(rank, ranks, option)
                                for option in ('static_graph', 'find_unused_parameters')})
    torch.save(results, f'{folder}/{ranks}.{rank}')
    leave_process_group()


def run_all(folder):
    """{number of processes: [results of each of them]}."""
    results = {}
    for ranks in (1, 2, 4):  # forked: torch is imported once, and has no threads yet
        multiprocessing.start_processes(run_rank, (ranks, folder), nprocs=ranks, start_method='fork')
        results[ranks] = [torch.load(f'{folder}/{ranks}.{rank}') for rank in range(ranks)]
    return results


def main():
    with tempfile.TemporaryDirectory() as folder:
        results = run_all(folder)
    if len(sys.argv) > 1:
        torch.save(results, sys.argv[1])
    deltas, weights = results[1][0]['together']
    for ranks in (2, 4):
        theirs = results[ranks][0]['together']
        print(f'{ranks} processes and 1: {(theirs[0] != deltas).sum()} of {deltas.numel()} deltas differ in {STEPS} '
              f'steps, weights at most {(theirs[1] - weights).abs().max():.1e} apart after them')


if __name__ == '__main__':
    main()

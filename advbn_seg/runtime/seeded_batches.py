"""Randomness that depends on the place in a run only: not on the worker, the process or earlier draws."""
import random
from itertools import islice

import numpy as np
import torch
from mmengine.dist import get_dist_info


def seed_generators(*key):
    """Seed the generators of Python, NumPy and torch (on the CPU, and on GPUs in use) by integers, none negative."""
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])
    random.seed(seed)
    np.random.seed(seed % 2 ** 32)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed keeps a traceback of each call where no GPU is
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)


class SeededBatch:
    """Indices of samples for a DataLoader's worker; the worker seeds the generators before it loads each sample.

    Args:
        indices: of the samples.
        keys: one for each, see `seed_generators`.
    """

    def __init__(self, indices, keys):
        self.indices = indices
        self.keys = keys

    def __len__(self):
        return len(self.indices)

    def __iter__(self):
        for index, key in zip(self.indices, self.keys):
            seed_generators(*key)
            yield index


class SeededBatches:
    """A batch sampler that gives another's batches, each sample with a key: the seed, its batch and its place in it.

    The place counts over all processes, so that the same batch over more processes brings the same randomness.

    Args:
        batches: the batch sampler.
        seed: of the run.
        number: of the first batch, counted from the beginning of the run.
        done: how many batches of the first epoch to leave out.
    """

    def __init__(self, batches, seed, number, done=0):
        self.batches = batches
        self.seed = seed
        self.number = number
        self.done = done

    def __len__(self):
        return len(self.batches)

    def __getattr__(self, name):  # mmengine asks a batch sampler for its sampler
        return getattr(self.batches, name)

    def __iter__(self):
        rank, world_size = get_dist_info()
        done, self.done = self.done, 0
        seed_generators(self.seed, self.number - done, 0, 1)  # for a sampler that draws its order from them
        for batch in islice(self.batches, done, None):
            # The training step itself has the key (seed, number), which SeedSequence takes for that of place 0.
            places = range(1 + rank, 1 + rank + len(batch) * world_size, world_size)
            yield SeededBatch(batch, [(self.seed, self.number, place) for place in places])
            self.number += 1

import random
import tracemalloc

import numpy as np
import torch

from advbn_seg.hooks.seeded_batches import seed_generators


def drawn():
    return random.random(), np.random.rand(), torch.rand(()).item()


def test_the_same_key_draws_the_same_numbers_and_another_key_others():
    numbers = {}
    for key in ((0, 1), (0, 2), (1, 1), (0, 1)):
        seed_generators(*key)
        assert numbers.setdefault(key, drawn()) == numbers[key]
        drawn()
    assert len({number for each in numbers.values() for number in each}) == 9
    seed_generators(0, 1)
    assert drawn() == numbers[0, 1]


def test_a_million_samples_take_no_memory():
    seed_generators(0)
    tracemalloc.start()
    for number in range(200):
        seed_generators(number)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 20_000

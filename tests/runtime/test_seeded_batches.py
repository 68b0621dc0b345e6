import random
import tracemalloc

import numpy as np
import pytest
import torch

from advbn_seg.runtime import seeded_batches
from advbn_seg.runtime.seeded_batches import SeededBatches, seed_generators


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


def numbers_of(batches, **options):
    """What is drawn for each sample, batch by batch."""
    return [{sample: drawn() for sample in batch} for batch in SeededBatches(batches, seed=3, **options)]


def test_numbers_depend_on_the_place_in_the_run_only(monkeypatch):
    whole = numbers_of([[5, 2, 7, 0], [1, 4, 6, 3]], number=10)
    assert len({number for batch in whole for each in batch.values() for number in each}) == 24
    assert numbers_of([[5, 2, 7, 0], [1, 4, 6, 3]], number=11, done=1) == [whole[1]]  # went on after the first
    shares = []
    for rank in range(2):
        monkeypatch.setattr(seeded_batches, 'get_dist_info', lambda rank=rank: (rank, 2))
        shares.append(numbers_of([[5, 2, 7, 0][rank::2], [1, 4, 6, 3][rank::2]], number=10))
    assert [one | two for one, two in zip(*shares)] == whole


@pytest.mark.parametrize('draw', [lambda: torch.randperm(6).tolist(), lambda: np.random.permutation(6).tolist()])
def test_an_order_that_is_drawn_from_the_global_generators_is_that_of_the_epoch(draw):
    class Batches:
        def __iter__(self):
            yield from ([index] for index in draw())

    def order(number, done=0):
        batches = SeededBatches(Batches(), seed=3, number=number, done=done)
        return [index for batch in batches for index in batch.indices]

    first, second = order(0), order(6)
    assert first != second and sorted(first) == sorted(second)
    assert order(8, done=2) == second[2:]


def test_seeding_takes_no_memory():
    seed_generators(0)
    tracemalloc.start()
    for number in range(200):
        seed_generators(number)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 20_000

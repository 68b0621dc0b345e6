"""One stream over all data sets: the batches are those of each alone, and ranks split them without loss."""
import pytest
from mmengine.dataset import DefaultSampler

from advbn_seg.evaluation import batches

CELLS = [list(range(0, 5)), list(range(5, 6)), list(range(6, 13))]
ALONE = [[[0, 1, 2], [3, 4]], [[5]], [[6, 7, 8], [9, 10, 11], [12]]]


def batches_of(rank, world_size, monkeypatch, mixed=False, **dataloader):
    monkeypatch.setattr(batches, 'get_dist_info', lambda: (rank, world_size))
    dataloader = dict(batch_size=3, num_workers=0, collate_fn=list, **dataloader)
    return [list(cell) for cell in batches.batches_by_cell(CELLS, dataloader, mixed)]


@pytest.mark.parametrize('options', [{}, dict(drop_last=True, shuffle=True, sampler=dict(type='InfiniteSampler'))])
def test_no_batch_crosses_a_data_set_or_is_dropped(monkeypatch, options):
    assert batches_of(0, 1, monkeypatch, **options) == ALONE


@pytest.mark.parametrize('world_size', [2, 3, 8])
def test_ranks_take_turns(monkeypatch, world_size):
    shares = [batches_of(rank, world_size, monkeypatch) for rank in range(world_size)]
    for cell, alone in enumerate(ALONE):
        assert sorted(batch for share in shares for batch in share[cell]) == alone
    loads = [sum(map(len, share)) for share in shares]
    assert max(loads) - min(loads) <= 1


@pytest.mark.parametrize('mixed', [False, True])
@pytest.mark.parametrize('rank', [0, 1])
def test_a_cell_knows_the_places_of_its_images(monkeypatch, rank, mixed):
    monkeypatch.setattr(batches, 'get_dist_info', lambda: (rank, 2))
    for data, cell in zip(CELLS, batches.batches_by_cell(CELLS, dict(batch_size=3, num_workers=0, collate_fn=list),
                                                         mixed)):
        assert [data[image] for image in cell.images] == sum(cell, [])


def test_mixed_images_are_those_that_mmengines_sampler_takes(monkeypatch):
    found = batches_of(0, 1, monkeypatch, mixed=True)
    for cell, batches_of_cell in zip(CELLS, found):
        order = list(DefaultSampler(cell, shuffle=True, seed=0))
        assert [cell[index] for index in order] == sum(batches_of_cell, [])

"""One stream over all domains: the batches are those of each domain alone, and ranks split them without loss."""
import pytest

from advbn_seg.evaluation.segmentation import batches

DOMAINS = [list(range(0, 5)), list(range(5, 6)), list(range(6, 13))]
ALONE = [[[0, 1, 2], [3, 4]], [[5]], [[6, 7, 8], [9, 10, 11], [12]]]


def batches_of(rank, world_size, monkeypatch, **dataloader):
    monkeypatch.setattr(batches, 'get_dist_info', lambda: (rank, world_size))
    dataloader = dict(batch_size=3, num_workers=0, collate_fn=list, **dataloader)
    return [list(domain) for domain in batches.batches_by_domain(DOMAINS, dataloader)]


@pytest.mark.parametrize('options', [{}, dict(drop_last=True, shuffle=True, sampler=dict(type='InfiniteSampler'))])
def test_no_batch_crosses_a_domain_or_is_dropped(monkeypatch, options):
    assert batches_of(0, 1, monkeypatch, **options) == ALONE


@pytest.mark.parametrize('world_size', [2, 3, 8])
def test_ranks_take_turns(monkeypatch, world_size):
    shares = [batches_of(rank, world_size, monkeypatch) for rank in range(world_size)]
    for domain, alone in enumerate(ALONE):
        assert sorted(batch for share in shares for batch in share[domain]) == alone
    loads = [sum(map(len, share)) for share in shares]
    assert max(loads) - min(loads) <= 1

from torch.utils.data import DataLoader

from advbn_seg.runtime.compat.loaders import replace_batch_sampler
from tests.runtime.compat.assumptions import assumption


def test_a_loader_reads_its_batch_sampler_when_it_is_iterated_over():
    with assumption('torch', 'loaders.py', 'a DataLoader keeps its batch sampler in __dict__["batch_sampler"] and '
                    'looks there at each iteration, with and without workers'):
        for workers in (0, 1):
            loader = DataLoader(range(6), batch_size=2, num_workers=workers)
            replace_batch_sampler(loader, [[5, 0], [3]])
            assert [batch.tolist() for batch in loader] == [[5, 0], [3]]

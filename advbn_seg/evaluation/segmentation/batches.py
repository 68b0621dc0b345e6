"""Many domains as one stream of batches: workers read ahead from one domain into the next, and ranks take turns."""
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mmengine.dist import get_dist_info
from mmengine.runner import Runner
from torch.utils.data import ConcatDataset, Dataset

DECIDED = ('batch_size', 'batch_sampler', 'drop_last', 'shuffle')  # by the stream, whatever a loader's config says


@dataclass
class DomainBatches:
    """What a TestLoop takes for the data loader of one domain: this rank's batches of it, from the stream of all."""
    dataset: Dataset
    stream: Iterator
    number: int

    def __iter__(self):
        return islice(self.stream, self.number)


def batches_by_domain(datasets, dataloader):
    """The batches of each domain. What is in a batch does not depend on the number of ranks, only who takes it.

    Args:
        datasets (list[Dataset]): the domains, to be gone through in this order.
        dataloader (dict): config of a data loader; its dataset and sampler are not used.

    Returns:
        list[DomainBatches]: one for each dataset.
    """
    whole, size = ConcatDataset(datasets), dataloader.get('batch_size', 1)
    batches = [(domain, range(first, min(first + size, end)))
               for domain, end in enumerate(whole.cumulative_sizes)
               for first in range(end - len(datasets[domain]), end, size)]
    rank, world_size = get_dist_info()
    mine = batches[rank::world_size]
    options = {key: value for key, value in dataloader.items() if key not in DECIDED}
    stream = iter(Runner.build_dataloader({**options, 'dataset': whole, 'sampler': None, 'persistent_workers': False,
                                           'batch_sampler': [indices for _, indices in mine]}))
    numbers = Counter(domain for domain, _ in mine)
    return [DomainBatches(dataset, stream, numbers[domain]) for domain, dataset in enumerate(datasets)]

"""Many data sets as one stream of batches: workers read ahead from one into the next, and ranks take turns."""
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from mmengine.dist import get_dist_info
from mmengine.runner import Runner
from torch.utils.data import ConcatDataset, Dataset

from ..runtime.workers import guard_workers

DECIDED = ('batch_size', 'batch_sampler', 'drop_last', 'shuffle')  # by the stream, whatever a loader's config says


@dataclass
class CellBatches:
    """What a TestLoop takes for the data loader of one data set: this rank's batches of it, from the stream of all.

    `images` are the places in the data set of what these batches hold, in the same order.
    """
    dataset: Dataset
    stream: Iterator
    number: int
    images: list[int]

    def __iter__(self):
        return islice(self.stream, self.number)


def batches_by_cell(datasets, dataloader, shuffle=False):
    """Return the batches of each data set.

    What is in a batch does not depend on the number of ranks, only who takes it does.

    Args:
        datasets (list[Dataset]): to be gone through in this order.
        dataloader (dict): config of a data loader; its dataset and sampler are not used.
        shuffle (bool): whether the images of each data set are mixed, always in the same way. A batch then holds many
            classes where a data set is sorted by class, which decides what `norm_branch='auto'` sees.

    Returns:
        list[CellBatches]: one for each data set.
    """
    whole, size = ConcatDataset(datasets), dataloader.get('batch_size', 1)
    batches = []
    for cell, (dataset, end) in enumerate(zip(datasets, whole.cumulative_sizes)):
        length = len(dataset)
        order = torch.randperm(length, generator=torch.Generator().manual_seed(0)) if shuffle else torch.arange(length)
        batches += [(cell, batch.tolist()) for batch in (order + end - length).split(size)]
    rank, world_size = get_dist_info()
    mine = batches[rank::world_size]
    options = {key: value for key, value in dataloader.items() if key not in DECIDED}
    loader = Runner.build_dataloader({**options, 'dataset': whole, 'sampler': None, 'persistent_workers': False,
                                      'batch_sampler': [indices for _, indices in mine]})
    guard_workers(loader)
    stream = iter(loader)
    cells = []
    for cell, (dataset, end) in enumerate(zip(datasets, whole.cumulative_sizes)):
        own = [indices for each, indices in mine if each == cell]
        images = [index - end + len(dataset) for indices in own for index in indices]
        cells.append(CellBatches(dataset, stream, len(own), images))
    return cells

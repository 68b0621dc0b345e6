"""Two processes share the images, and nothing about the results changes."""
import multiprocessing

import numpy as np
import torch
from torch import distributed

from advbn_seg.evaluation import measure, open_run
from advbn_seg.evaluation.classification import CLASSIFICATION
from advbn_seg.evaluation.segmentation import SEGMENTATION


def measure_on_rank(rank, folder, *what):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', f'file://{folder}/store', rank=rank, world_size=2)
    measure_all(folder / 'shared' / 'rows.json', *what)
    distributed.destroy_process_group()


def measure_all(path, task, names, branch, domains):
    options = {'test_dataloader.batch_size': 2, 'test_dataloader.num_workers': 0}
    measure(task, [open_run(path.parents[1] / name, branch, options, domains) for name in names], path)


def files(folder, *what):
    """What two ranks write, and what one does."""
    ranks = [multiprocessing.get_context('fork').Process(target=measure_on_rank, args=(rank, folder, *what))
             for rank in range(2)]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join(60)
        rank.terminate()
    assert [rank.exitcode for rank in ranks] == [0, 0]
    measure_all(folder / 'alone' / 'rows.json', *what)
    return [(folder / name / 'rows.json').read_text() for name in ('shared', 'alone')]


def test_two_ranks_write_the_same_matrix_as_one(make_run, tmp_path):
    make_run('a'), make_run('b', seed=1)
    shared, alone = files(tmp_path, SEGMENTATION, ('a', 'b'), 'main', None)
    assert shared == alone and '"nyc/fog"' in alone
    counts = [{file.name: dict(np.load(file)) for file in (tmp_path / name / 'counts').iterdir()}
              for name in ('shared', 'alone')]
    assert len(counts[1]) == 2 and all(len(arrays) == 3 for arrays in counts[1].values())
    np.testing.assert_equal(*counts)


def test_two_ranks_write_the_same_robustness_as_one_and_choose_norms_alike(advbn, sets, tmp_path):
    domains = [dict(name=name, folder=str(sets / name)) for name in ('imagenet', 'instagram', 'sketch')]
    shared, alone = files(tmp_path, CLASSIFICATION, ('advbn',), 'auto', domains)
    assert shared == alone and '"aux_share"' in alone

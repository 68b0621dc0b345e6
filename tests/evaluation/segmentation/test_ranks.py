"""Two processes share the images, and nothing about the matrix changes."""
import multiprocessing

import torch
from torch import distributed

from advbn_seg.evaluation import measure_matrix, open_run


def measure_on_rank(rank, folder):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', f'file://{folder}/store', rank=rank, world_size=2)
    measure(folder, 'shared.json')
    distributed.destroy_process_group()


def measure(folder, name):
    measure_matrix([open_run(folder / run) for run in ('a', 'b')], folder / name, batch_size=2, num_workers=0)


def test_two_ranks_write_the_same_file_as_one(make_run, tmp_path):
    make_run('a'), make_run('b', seed=1)
    ranks = [multiprocessing.get_context('fork').Process(target=measure_on_rank, args=(rank, tmp_path))
             for rank in range(2)]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join(60)
        rank.terminate()
    assert [rank.exitcode for rank in ranks] == [0, 0]
    measure(tmp_path, 'alone.json')
    assert (tmp_path / 'shared.json').read_bytes() == (tmp_path / 'alone.json').read_bytes()
